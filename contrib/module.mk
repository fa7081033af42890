# Checks of the tree itself.
EXTRA_DIST += contrib/check-headers contrib/check-includes
TESTS += contrib/check-includes
