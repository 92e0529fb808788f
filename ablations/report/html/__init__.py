"""From records to HTML: a page a study, and an index over all studies, which is the ledger.

A page is one file that needs nothing else: no network, no fonts, no second file. It is made from the records alone, so
that the same records give the same bytes; costs by stage are counted on the networks that the records name.
"""
