# pure: chooses a server from weights and loads.
noinst_LIBRARIES += proxyd/balance/libproxyd_balance.a
proxyd_balance_libproxyd_balance_a_SOURCES = \
  proxyd/balance/balancer.cc proxyd/balance/balancer.h \
  proxyd/balance/bounded_load.cc proxyd/balance/bounded_load.h \
  proxyd/balance/first.cc proxyd/balance/first.h \
  proxyd/balance/hash_key.cc proxyd/balance/hash_key.h \
  proxyd/balance/hash_map.cc proxyd/balance/hash_map.h \
  proxyd/balance/hash_ring.cc proxyd/balance/hash_ring.h \
  proxyd/balance/least_conn.cc proxyd/balance/least_conn.h \
  proxyd/balance/random_draw.cc proxyd/balance/random_draw.h \
  proxyd/balance/round_robin.cc proxyd/balance/round_robin.h \
  proxyd/balance/smooth_order.cc proxyd/balance/smooth_order.h \
  proxyd/balance/weights.cc proxyd/balance/weights.h
