"""Databases of advisories in their makers' forms, small and made up."""

from __future__ import annotations

import gzip
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import xxhash

#: Written by bbolt itself: tests/fixtures/advisories/README.md.
_TRIVY = Path(__file__).parents[1] / "fixtures" / "advisories" / "trivy.db.gz"
#: Advisories in it.
TRIVY_RECORDS = 503

UPDATED = "2026-11-23T06:12:00.123456789Z"
KEV = {
    "title": "CISA Catalog of Known Exploited Vulnerabilities",
    "catalogVersion": "2026.11.20",
    "dateReleased": "2026-11-20T18:00:00.1234Z",
    "count": 2,
    "vulnerabilities": [
        {"cveID": "CVE-2021-44228", "dateAdded": "2021-12-10", "vendorProject": "Apache"},
        {"cveID": "CVE-2014-0160", "dateAdded": "2022-05-04", "vendorProject": "OpenSSL"},
    ],
}
KEV_CSV = """\
cveID,vendorProject,product,vulnerabilityName,dateAdded,shortDescription
CVE-2021-44228,Apache,Log4j2,"A name, with a comma",2021-12-10,"over
two lines"
CVE-2014-0160,OpenSSL,OpenSSL,Heartbleed,2022-05-04,short
"""
EPSS = """\
#model_version:v2025.03.14,score_date:2026-11-24T00:00:00+0000
cve,epss,percentile
CVE-2021-44228,0.94358,0.99961
CVE-2014-0160,0.9446,0.9999
CVE-2026-1000,4.3e-05,0.001
CVE-2026-10000,1,1
"""

_GRYPE = """
CREATE TABLE db_metadata (build_timestamp datetime, model integer, revision integer, addition integer);
CREATE TABLE vulnerability_handles (id integer PRIMARY KEY, name text, provider_id text, blob_id integer);
CREATE TABLE vulnerability_aliases (name text, alias text);
CREATE TABLE packages (id integer PRIMARY KEY, ecosystem text, name text);
CREATE TABLE operating_systems (id integer PRIMARY KEY, name text, major_version text);
CREATE TABLE affected_package_handles (id integer PRIMARY KEY, vulnerability_id integer,
    operating_system_id integer, package_id integer, blob_id integer);
CREATE TABLE blobs (id integer PRIMARY KEY, value text);
INSERT INTO vulnerability_handles VALUES (1, 'CVE-2026-1', 'debian', 1), (2, 'GHSA-x', 'github', 1);
INSERT INTO vulnerability_aliases VALUES ('GHSA-x', 'CVE-2026-1');
INSERT INTO packages VALUES (1, 'deb', 'openssl'), (2, 'python', 'flask');
INSERT INTO operating_systems VALUES (1, 'debian', '12');
INSERT INTO affected_package_handles VALUES (1, 1, 1, 1, 2), (2, 2, NULL, 2, 3);
INSERT INTO blobs VALUES (1, '{}'),
    (2, '{"ranges":[{"fix":{"version":"3.0.15-1~deb12u1","state":"fixed"}}]}'),
    (3, '{"ranges":[{"fix":{"state":"wont-fix"}}]}');
"""


def trivy(folder: Path, **changes: object) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "trivy.db").write_bytes(gzip.decompress(_TRIVY.read_bytes()))
    about = {"Version": 2, "NextUpdate": UPDATED, "UpdatedAt": UPDATED, "DownloadedAt": UPDATED, **changes}
    (folder / "metadata.json").write_text(json.dumps(about))
    return folder


def grype(folder: Path, *statements: str, digest: str = "") -> Path:
    """``statements`` are run before its digest is taken."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "vulnerability.db"
    with closing(sqlite3.connect(file)) as database:
        database.executescript(_GRYPE)
        database.execute("INSERT INTO db_metadata VALUES ('2026-11-24 08:36:34+00:00', 6, 1, 10)")
        for one in statements:
            database.execute(one)
        database.commit()
    digest = digest or f"xxh64:{xxhash.xxh64(file.read_bytes()).hexdigest()}"
    about = {"digest": digest, "source": f"{folder}/db.tar.zst", "client_version": "v6.1.10"}
    (folder / "import.json").write_text(json.dumps(about))
    return folder
