# Unit tests of vrrpd/report.
