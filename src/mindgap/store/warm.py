"""Importing this finds out beforehand what the manifests of all results say of this machine and its libraries."""

from mindgap.store.machine import library_versions, this_machine

this_machine()
library_versions()
