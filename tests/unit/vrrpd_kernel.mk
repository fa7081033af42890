# Unit tests of vrrpd/kernel.
