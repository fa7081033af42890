# Unit tests of vrrpd/notify.
