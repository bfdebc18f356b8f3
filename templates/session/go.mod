module tailbox.dev/session

go 1.26.6
