"""From records to HTML: one page per study, and an index over all studies, which is the ledger.

A page is one file that loads nothing: no network, no fonts, no second file. It is made from the records alone, so that
the same records give the same bytes; costs by stage are counted on networks rebuilt from the records.
"""
