"""Files and object stores: URIs, writing that lasts, staging folders, input files."""
