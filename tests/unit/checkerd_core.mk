# Unit tests of checkerd/core.
