"""From evidence to files: tables, ledger, figures, HTML pages."""
