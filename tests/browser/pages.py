"""Addresses of the dashboard's pages, each in a state that shows all it has."""

PAGES = {
    "overview": "/",
    "one service": "/?service=benefit-appeals",
    "emerging": "/emerging",
    "triage": "/triage",
    "triage of one page": "/triage?service=benefit-appeals&page=/benefit-appeals/evidence"
    "&impact=blocked",
    "triage of one status and owner": "/triage?fault_status=all&fault_owner=:nobody",
    "help": "/help",
    "help about one figure": "/help?about=rate-ratio",
    "help without a hit": "/help?figure=xylophone",
    "page": "/page_detail?service=benefit-appeals&page=/benefit-appeals/evidence",
    "topics": "/topics",
    "comments": "/comments",
    "comments without a hit": "/comments?search=zebra+crossing+xylophone",
    "quality": "/quality",
    "quality of one service": "/quality?service=probate",
    "sources": "/sources",
    "source statement": "/sources?source=test",
    "releases": "/releases",
    "export": "/export",
    "export without a hit": "/export?code=praise&language=cy&from=2026-01-01",
    "codebook": "/codebook",
    "redaction check": "/redaction_check",
    "digests": "/digests",
    "daily digest of a service": "/digests?service=benefit-appeals&every=day",
}
