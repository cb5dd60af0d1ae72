"""Advisories in OSV's format, and which of them are about what an image holds. Pure: files are read by
``adapters/scanners/osv``.

``archive``: all of an ecosystem in one zip · ``record``: one advisory ·
``places``: what a package is called in OSV ·
``affected``: whether a version is · ``severity``: how bad · ``index``: all of one ecosystem's, by package ·
``matching``: one SBOM's findings · ``canary``: an SBOM in which something must be found.

Source: https://ossf.github.io/osv-schema/ (1.7). Why it is our own: adr/0022-own-matcher.md.
"""
