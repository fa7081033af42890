# Unit tests of vrrpd/bfd.
