# Unit tests of vrrpd/core.
