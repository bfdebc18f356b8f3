/* session: the login shell of every account of a node.
 *
 * It gives the session the node's exact environment and then becomes the real shell. The environment is a file of
 * NUL-separated NAME=VALUE entries that the entrypoint wrote; values are copied byte by byte, so no quoting exists that
 * could go wrong. An entry of the file wins over what the session brought; names that belong to a session (HOME, TERM,
 * SSH_CONNECTION ...) are never written into the file. Without the file the session keeps what it has.
 *
 * The real shell is the first line of ~/.config/tailbox/shell, else /bin/bash. SHELL names the real shell, so what a
 * session starts later (tmux, scripts, terminals) does not come back here and keeps changed values.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef ENVIRON_FILE
#define ENVIRON_FILE "/run/tailbox/environ"
#endif
#define SHELL_FILE ".config/tailbox/shell"
#define DEFAULT_SHELL "/bin/bash"

/* The node's secrets, by the start of their names: `docker exec` hands them to a session from the container's config. */
static const char *const SECRETS[] = {"TS_AUTHKEY",    "TAILSCALE_AUTH", "TS_CLIENT_SECRET",
                                      "TS_ID_TOKEN",   "JUPYTER_TOKEN",  "JUPYTER_PASSWORD",
                                      "NODE_IDENTITY"};

extern char **environ;

struct entries {
    char **list;
    size_t count;
};

/* The whole file with a NUL behind it, or NULL; *size without that NUL. */
static char *slurp(const char *path, size_t *size) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0) return NULL;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        close(fd);
        return NULL;
    }
    char *text = malloc((size_t)st.st_size + 1);
    size_t done = 0;
    while (text && done < (size_t)st.st_size) {
        ssize_t got = read(fd, text + done, (size_t)st.st_size - done);
        if (got <= 0) break;
        done += (size_t)got;
    }
    close(fd);
    if (text) text[done] = '\0';
    *size = done;
    return text;
}

static size_t name_length(const char *entry) {
    const char *equals = strchr(entry, '=');
    return equals ? (size_t)(equals - entry) : 0;
}

static int holds(const struct entries *env, const char *entry) {
    size_t length = name_length(entry) + 1;
    for (size_t i = 0; i < env->count; i++)
        if (strncmp(env->list[i], entry, length) == 0) return 1;
    return 0;
}

static int is_secret(const char *entry) {
    for (size_t i = 0; i < sizeof SECRETS / sizeof *SECRETS; i++)
        if (strncmp(entry, SECRETS[i], strlen(SECRETS[i])) == 0) return 1;
    return 0;
}

/* First come, first kept: execve gets no name twice. SHELL is ours to set. */
static void add(struct entries *env, char *entry) {
    if (name_length(entry) == 0 || strncmp(entry, "SHELL=", 6) == 0) return;
    if (is_secret(entry) || holds(env, entry)) return;
    env->list[env->count++] = entry;
}

static size_t count_entries(const char *text, size_t size) {
    size_t count = 1;
    for (size_t i = 0; i < size; i++) count += text[i] == '\0';
    return count;
}

static struct entries session_environment(char *shell_entry) {
    size_t size = 0, room = 2;
    char *file = slurp(ENVIRON_FILE, &size);
    struct entries env = {NULL, 0};
    if (file) room += count_entries(file, size);
    for (char **e = environ; *e; e++) room++;
    env.list = calloc(room, sizeof *env.list);
    if (!env.list) return env;
    for (char *e = file; file && e < file + size; e += strlen(e) + 1) add(&env, e);
    for (char **e = environ; *e; e++) add(&env, *e);
    env.list[env.count++] = shell_entry;
    return env;
}

static const char *real_shell(void) {
    const char *home = getenv("HOME");
    char *path = NULL, *text;
    size_t size;
    struct stat own, chosen;
    if (!home || asprintf(&path, "%s/%s", home, SHELL_FILE) < 0) return DEFAULT_SHELL;
    text = slurp(path, &size);
    free(path);
    if (!text) return DEFAULT_SHELL;
    text[strcspn(text, "\r\n")] = '\0';
    if (text[0] != '/' || access(text, X_OK) != 0 || stat(text, &chosen) != 0 || !S_ISREG(chosen.st_mode))
        return DEFAULT_SHELL;
    if (stat("/proc/self/exe", &own) == 0 && own.st_ino == chosen.st_ino && own.st_dev == chosen.st_dev)
        return DEFAULT_SHELL; /* the choice is this program itself */
    return text;
}

/* The shell's own name as argv[0], with the leading '-' of a login shell where we were called with one. */
static char *shell_name(const char *shell, const char *called) {
    const char *slash = strrchr(shell, '/');
    char *name = NULL;
    if (asprintf(&name, "%s%s", called && called[0] == '-' ? "-" : "", slash ? slash + 1 : shell) < 0) return NULL;
    return name;
}

static void become(const char *shell, char **argv) {
    char *entry = NULL, *name = shell_name(shell, argv[0]);
    if (!name || asprintf(&entry, "SHELL=%s", shell) < 0) return;
    struct entries env = session_environment(entry);
    if (!env.list) return;
    argv[0] = name;
    execve(shell, argv, env.list);
    perror(shell);
}

int main(int argc, char **argv) {
    char *bare[] = {"session", NULL};
    const char *shell = real_shell();
    char **arguments = argc > 0 ? argv : bare;
    become(shell, arguments);
    if (strcmp(shell, DEFAULT_SHELL) != 0) become(DEFAULT_SHELL, arguments);
    become("/bin/sh", arguments);
    return 126;
}
