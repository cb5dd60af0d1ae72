"""What a Debian root file system is besides its packages: fit for containers, small, without traces.

Constant text, run by mmdebstrap's hooks; nothing of an author's is in it. ``$1`` is the root; a hook runs
outside it.

Source: Debian's container images (debuerreotype) for what they set; apt.conf(5), dpkg.cfg(5),
dpkg-statoverride(1).
"""

from __future__ import annotations

#: dpkg leaves these out, also when a child installs packages. The last match counts. Folders of
#: documentation stay, since some are links to another package's, where the copyright is; so do those of man
#: pages, in which some packages' scripts (Java's) make links. Time zones come three times: the others repeat
#: them, and count leap seconds, which no system here does.
SLIM = """\
path-exclude=/usr/share/man/*/*
path-exclude=/usr/share/info/*
path-exclude=/usr/share/groff/*
path-exclude=/usr/share/lintian/*
path-exclude=/usr/share/locale/*
path-include=/usr/share/locale/locale.alias
path-exclude=/usr/share/doc/*/*
path-include=/usr/share/doc/*/copyright
path-exclude=/usr/share/zoneinfo/posix/*
path-exclude=/usr/share/zoneinfo/right/*
"""

_CONTAINER = r"""
cat > "$root/etc/apt/apt.conf.d/90container" <<'EOF'
// An image keeps what a layer holds: no downloaded packages, no caches, no translations.
APT::Keep-Downloaded-Packages "false";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
Acquire::Languages "none";
Acquire::GzipIndexes "true";
Acquire::CompressionTypes::Order { "gz"; };
// What is only suggested by something installed may go.
APT::AutoRemove::SuggestsImportant "false";
EOF
cat > "$root/etc/dpkg/dpkg.cfg.d/90container" <<'EOF'
# A build that is interrupted is thrown away: no file has to be on the disk at once.
force-unsafe-io
EOF
if [ -e "$root/etc/dpkg/dpkg.cfg.d/99mmdebstrap" ]; then
  mv "$root/etc/dpkg/dpkg.cfg.d/99mmdebstrap" "$root/etc/dpkg/dpkg.cfg.d/90slim"
fi
chmod 644 "$root/etc/apt/apt.conf.d/90container" "$root"/etc/dpkg/dpkg.cfg.d/90*
"""

#: What maintainer scripts make: links to no documents, an index of no pages, translations of what nobody is
#: asked in a build.
_SLIM_LEFTOVERS = r"""
find "$root/usr/share/doc" -xdev -mindepth 2 ! -type d ! -name copyright -delete
for folder in info man; do
  if [ -d "$root/usr/share/$folder" ]; then find "$root/usr/share/$folder" -xdev ! -type d -delete; fi
done
if [ -e "$root/var/cache/debconf/templates.dat" ]; then
  sed -i -E '/^[A-Za-z_]+-[a-z]{2,3}[A-Za-z_@]*\.[Uu][Tt][Ff]-8: /d' "$root/var/cache/debconf/templates.dat"
fi
"""

#: In dpkg's own books, so that an update does not bring them back.
_NO_SETUID = r"""
find "$root" -xdev -type f -perm /6000 -printf '%P\n' | LC_ALL=C sort | while read -r path; do
  chroot "$root" stat --format '%U %G %a' "/$path" | {
    read -r user group mode
    chroot "$root" dpkg-statoverride --force-statoverride-add --update --add \
      "$user" "$group" "$(printf '%04o' $((0$mode & 01777)))" "/$path"
  }
done
"""

#: What differs between two runs or belongs to the worker.
#: Hands off ``/tmp`` there: it holds the apt configuration without which mmdebstrap's own cleaning
#: would clean the worker's lists. mmdebstrap empties it afterwards.
_CLEAN = r"""
find "$root/var/log" -xdev -type f -delete
for folder in lib/apt/lists cache/apt cache/man; do
  if [ -d "$root/var/$folder" ]; then find "$root/var/$folder" -xdev -type f -delete; fi
done
find "$root/usr" "$root/opt" "$root/var/lib" -xdev -name __pycache__ -type d -prune -exec rm -rf {} +
rm -f "$root"/etc/ssh/ssh_host_*_key "$root"/etc/ssh/ssh_host_*_key.pub
rm -f "$root"/var/lib/dpkg/*-old "$root"/var/cache/debconf/*-old "$root"/var/cache/ldconfig/aux-cache
rm -f "$root"/etc/passwd- "$root"/etc/group- "$root"/etc/shadow- "$root"/etc/gshadow-
rm -f "$root"/var/lib/dbus/machine-id
# Releases of mmdebstrap mark different packages as installed automatically; a base wants all of its own.
rm -f "$root"/var/lib/apt/extended_states
if [ -e "$root/etc/machine-id" ]; then : > "$root/etc/machine-id"; fi
rm -f "$root/etc/resolv.conf" "$root/etc/hostname"
: > "$root/etc/resolv.conf"
echo localhost > "$root/etc/hostname"
# An engine mounts over this file and over /dev. Made by the engine, they have the time of a child's
# build, and no child is the same twice.
: > "$root/etc/hosts"
chmod 644 "$root/etc/resolv.conf" "$root/etc/hostname" "$root/etc/hosts"
"""


def finishing(*, slim: bool, setuid: bool) -> str:
    """The script for the end of a bootstrap. ``setuid``: programs keep such bits."""
    parts = ["#!/bin/sh", "set -eu", 'root="$1"', _CONTAINER]
    parts += [_SLIM_LEFTOVERS] if slim else []
    parts += [] if setuid else [_NO_SETUID]
    return "\n".join((*parts, _CLEAN))
