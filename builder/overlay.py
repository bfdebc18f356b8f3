"""Where the engine keeps the layers of an image, if it keeps them unpacked."""

from __future__ import annotations

from docker.models.images import Image


def folders(image: Image) -> list[str]:
    """The folder of each layer on the engine's machine, the top one first; none but with overlay2."""
    driver = (image.attrs or {}).get("GraphDriver") or {}
    data = driver.get("Data") or {}
    if driver.get("Name") != "overlay2":
        return []
    return [data["UpperDir"], *filter(None, data.get("LowerDir", "").split(":"))]
