"""Software that others wrote meets ours: `make conformance`.

HAPI FHIR's validator judges what our checker judges; fhir-kit-client plays the loop; the suite looks at a server of
others. All of it comes from package registries by name, and nothing of it is kept in the tree.
"""
