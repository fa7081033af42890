noinst_LIBRARIES += proxyd/balance/libproxyd_balance.a
proxyd_balance_libproxyd_balance_a_SOURCES =
