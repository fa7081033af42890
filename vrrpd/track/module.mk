# What is tracked: scripts, files, processes, interfaces; and what it means for an instance.
noinst_LIBRARIES += vrrpd/track/libvrrpd_track.a
vrrpd_track_libvrrpd_track_a_SOURCES = 
