# Unit tests of vrrpd/track.
