"""Files and object stores: URIs, durable writing, staging folders, input files."""
