# Checks of the tree itself, and the quick start.
EXTRA_DIST += contrib/check-headers contrib/check-includes contrib/compile-commands contrib/demo.py contrib/keepalived-keywords contrib/quickstart .ci/run
TESTS += contrib/check-includes
include contrib/completion/module.mk
include contrib/deb/module.mk
include contrib/systemd/module.mk
