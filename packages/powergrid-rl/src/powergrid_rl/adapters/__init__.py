"""Environments behind the interfaces of other learning libraries; import the module of the one you have."""
