# Unit tests of vrrpd.
