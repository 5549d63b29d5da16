"""A trainer in one file, without Ray; needs the extra ``torch``."""
