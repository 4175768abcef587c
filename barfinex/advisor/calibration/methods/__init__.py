"""The methods beside the hierarchical one; `menu` says which may be used when."""
