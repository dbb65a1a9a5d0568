"""Patterns that many people want left out, under names: they go with those a user gives.

What no scan enters anyway (libraries.py) and what is hidden is not in here. A pattern names what
programs make and nobody else calls so: "build" or "vendor" may hold photos.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def _anywhere(*patterns: str) -> tuple[str, ...]:
    """The patterns at any depth; one with a slash inside counts from the scanned folder alone."""
    return tuple(f"**/{one}" if "/" in one.rstrip("/") else one for one in patterns)


PRESETS: Mapping[str, tuple[str, ...]] = {
    "thumbnails": _anywhere(  # small pictures that programs made of yours
        *("appdata_*/preview/", "appdata_*/theming/"),  # Nextcloud
        *("thumbs/??/", "encoded-video/", "storage/cache/"),  # Immich, PhotoPrism
        *("SYNOPHOTO_THUMB_*", "SYNOFILE_THUMB_*", "@photo_cache/"),  # Synology
        *("_data/i/", "pwg_high/", "pwg_representative/"),  # Piwigo
        *("*.trickplay/", "userdata/Thumbnails/", "Plex Media Server/"),  # Jellyfin, Kodi, Plex
        *("iPod Photo Cache/", "Picasa2/", "*Previews.lrdata/"),  # Apple, Picasa, Lightroom
        *("thumbcache_*", "com.apple.QuickLook.thumbnailcache/", "XnViewMP/"),
        "wp-content/uploads/**/*-[0-9]*x[0-9]*.*",  # the sizes that WordPress makes
    ),
    "apps": _anywhere(  # what applications keep for themselves, on phones and computers
        *("Android/data/", "Android/obb/", "Android/media/*/cache/"),
        *("WhatsApp Stickers/", "WhatsApp Profile Photos/", "Telegram Stickers/"),
        *("AppData/", "ProgramData/", "Program Files/", "Program Files (x86)/", "Windows/WinSxS/"),
        *("Library/Caches/", "Library/Containers/", "Library/Application Support/", "*.app/"),
        *("steamapps/", "snap/*/common/", "flatpak/app/"),
        *("INetCache/", "Cache_Data/", "Code Cache/", "GPUCache/"),  # browsers, Electron
        *("*.theme/", "icons/hicolor/"),
    ),
    "developer": _anywhere(  # pictures in source code, packages and what is built of them
        *("node_modules/", "bower_components/", "jspm_packages/"),
        *("site-packages/", "dist-packages/", "__pycache__/", "venv/", "*.egg-info/"),
        *("DerivedData/", "Pods/", "Carthage/", "*.xcassets/", "*.framework/"),
        *("res/drawable*/", "res/mipmap*/", "cmake-build-*/", "target/debug/", "target/release/"),
        *("vendor/bundle/", "vendor/cache/", "go/pkg/mod/", "_site/", "testdata/"),
    ),
}


def with_presets(names: Iterable[str], patterns: Iterable[str]) -> tuple[str, ...]:
    """The patterns of some presets, then those that a user gave, which have the last word."""
    return (*(pattern for name in names for pattern in PRESETS[name]), *patterns)
