# What is tracked: scripts, files, processes, interfaces; and what it means for an instance.
noinst_LIBRARIES += vrrpd/track/libvrrpd_track.a
vrrpd_track_libvrrpd_track_a_SOURCES = \
  vrrpd/track/files.cc vrrpd/track/files.h \
  vrrpd/track/process_match.cc vrrpd/track/process_match.h \
  vrrpd/track/processes.cc vrrpd/track/processes.h \
  vrrpd/track/script_state.cc vrrpd/track/script_state.h \
  vrrpd/track/scripts.cc vrrpd/track/scripts.h \
  vrrpd/track/sink.h vrrpd/track/trackers.h \
  vrrpd/track/table.cc vrrpd/track/table.h
