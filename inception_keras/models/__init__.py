"""One module per architecture; `parts` has what several of them share."""
