"""What every image inherits: a whole Debian, trust anchors, time zones, and nothing left over."""

from __future__ import annotations

import re

import pytest
from testinfra.host import Host

SUITES = {"12": "bookworm", "13": "trixie"}
#: What dpkg leaves out by the base's own settings, and what engines mount over.
LEFT_OUT = re.compile(
    r"/dev|/usr/share/(doc/[^/]+/.+|groff/.+|info/.+|lintian/.+|locale/.+|man/.+|zoneinfo/(posix|right)/.+)"
)
#: Bytes of all files. Debian's own slim image has 75 MB, without TLS and its certificates.
LARGEST = 85_000_000


def find(host: Host, *conditions: str) -> list[str]:
    """Paths on the image's own file system. Without capabilities root cannot read two folders of
    apt's; that alone may be said on stderr."""
    result = host.run(f"find / -xdev {' '.join(conditions)}".replace("(", "\\(").replace(")", "\\)"))
    assert all(re.search("/partial.: Permission denied", line) for line in result.stderr.splitlines())
    return str(result.stdout).splitlines()


@pytest.fixture(scope="module")
def suite(host: Host) -> str:
    """The code name, which belongs to the release's number. Two definitions share this suite of tests."""
    told = host.check_output('. /etc/os-release && echo "$ID $VERSION_ID $VERSION_CODENAME"')
    system, number, name = told.split()
    assert (system, name) == ("debian", SUITES[number])
    return str(name)


def test_every_package_is_whole(host: Host) -> None:
    """dpkg knows no half-installed package, and no file differs from what its package shipped."""
    assert host.check_output("dpkg --audit") == ""
    changed = [line.split() for line in host.run("dpkg --verify").stdout.splitlines()]
    assert [words for words in changed if words[0] != "missing" or not LEFT_OUT.fullmatch(words[-1])] == []


def test_is_small(host: Host) -> None:
    packages = set(host.check_output("dpkg-query -Wf '${Package}\\n'").split())
    assert len(packages) < 90
    assert not packages & {"gcc", "make", "openssh-server", "perl", "python3", "sudo", "systemd", "wget"}
    sizes = host.check_output("find / -xdev -type f -printf '%s\\n' 2>/dev/null; :")
    assert sum(map(int, sizes.split())) < LARGEST


def test_nobodys_documentation_is_here_but_every_licence(host: Host) -> None:
    folders = "/usr/share/doc /usr/share/man /usr/share/info /usr/share/locale /usr/share/lintian"
    files = host.check_output(f"find {folders} -type f -o -type l 2>/dev/null; :").splitlines()
    kept = re.compile(r"/usr/share/(doc/[^/]+|doc/.+/copyright|locale/locale\.alias)")
    assert [path for path in files if not kept.fullmatch(path)] == []
    without = host.check_output(
        "for name in $(dpkg-query -Wf '${Package}\\n');"
        " do [ -s /usr/share/doc/$name/copyright ] || echo $name; done"
    )
    assert without == ""


def test_children_install_no_documentation_either(host: Host) -> None:
    settings = host.check_output("cat /etc/dpkg/dpkg.cfg.d/*")
    assert "path-exclude=/usr/share/man/*/*" in settings
    assert "path-include=/usr/share/doc/*/copyright" in settings


def test_apt_leaves_nothing_behind_in_a_layer(host: Host) -> None:
    found = host.check_output("apt-config dump")
    assert 'APT::Keep-Downloaded-Packages "false";' in found
    assert 'Dir::Cache::pkgcache "";' in found
    assert 'Dir::Cache::srcpkgcache "";' in found
    assert 'Acquire::GzipIndexes "true";' in found
    assert 'Acquire::Languages "none";' in found or 'Acquire::Languages:: "none";' in found


def test_apt_follows_the_suite_its_updates_and_its_security(host: Host, suite: str) -> None:
    addresses = host.check_output("apt-get update --print-uris")
    suites = set(re.findall(r"/dists/([^/]+)/InRelease", addresses))
    assert suites == {suite, f"{suite}-updates", f"{suite}-security"}


def test_apt_trusts_signed_archives_alone(host: Host, suite: str) -> None:
    settings = host.check_output("apt-config dump; cat /etc/apt/sources.list /etc/apt/sources.list.d/* || :")
    assert "trusted=yes" not in settings
    assert "AllowUnauthenticated" not in settings
    assert "AllowInsecureRepositories" not in settings.replace('AllowInsecureRepositories "0"', "")
    assert host.check_output(f"ls /etc/apt/trusted.gpg.d /usr/share/keyrings | grep -c {suite}") != "0"


def test_public_certificates_are_trusted(host: Host) -> None:
    bundle = "/etc/ssl/certs/ca-certificates.crt"
    subjects = host.check_output(
        f"openssl crl2pkcs7 -nocrl -certfile {bundle} | openssl pkcs7 -print_certs -noout | grep -c ^subject"
    )
    assert int(subjects) == int(host.check_output(f"grep -c 'BEGIN CERT' {bundle}")) > 100
    root = "/usr/share/ca-certificates/mozilla/ISRG_Root_X1.crt"
    assert host.check_output(f"openssl verify -CApath /etc/ssl/certs {root}").endswith(": OK")


def test_a_certificate_of_nobody_is_not_trusted(host: Host) -> None:
    made = host.run(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=nobody"
        " -keyout /tmp/key.pem -out /tmp/cert.pem"
    )
    assert made.succeeded, made.stderr
    assert host.run("openssl verify -CApath /etc/ssl/certs /tmp/cert.pem").failed
    host.run("rm /tmp/key.pem /tmp/cert.pem")


@pytest.mark.parametrize(
    ("zone", "winter", "summer"),
    [("Europe/Berlin", "+0100", "+0200"), ("Asia/Tokyo", "+0900", "+0900"), ("UTC", "+0000", "+0000")],
)
def test_time_zones_are_known(host: Host, zone: str, winter: str, summer: str) -> None:
    days = host.check_output(f"for day in 2026-01-15 2026-07-15; do TZ={zone} date -d $day +%z; done")
    assert days.split() == [winter, summer]


def test_clock_is_utc_unless_asked(host: Host) -> None:
    assert host.check_output("date +%Z") == "UTC"


def test_nobody_can_log_in(host: Host) -> None:
    """Every password field is locked, and root alone has user id 0."""
    assert set(host.check_output("cut -d: -f2 /etc/shadow").split()) <= {"*", "!", "!*", "!!"}
    assert host.check_output("awk -F: '$3 == 0 {print $1}' /etc/passwd") == "root"


def test_no_program_changes_its_user_and_no_update_brings_it_back(host: Host) -> None:
    assert find(host, "-type f -perm /6000") == []
    kept = host.check_output("dpkg-statoverride --list").splitlines()
    assert {"/usr/bin/passwd", "/usr/bin/su"} <= {line.split()[-1] for line in kept}
    assert not [line for line in kept if int(line.split()[2], 8) & 0o6000]


def test_nothing_is_writable_by_everybody(host: Host) -> None:
    assert find(host, "! -type l ! -type c -perm -o+w ! -perm -1000") == []
    assert find(host, "( -nouser -o -nogroup )") == []


def test_nothing_is_left_of_the_installation(host: Host) -> None:
    """No package lists, no archives, no log lines: they differ from day to day, and nobody reads them."""
    found = host.check_output(
        "find /var/lib/apt/lists /var/cache/apt /var/log /var/tmp /root/.cache -type f -size +0"
        " 2>/dev/null; cat /etc/machine-id 2>/dev/null; :"
    )
    assert found == ""
