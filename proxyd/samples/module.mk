noinst_LIBRARIES += proxyd/samples/libproxyd_samples.a
proxyd_samples_libproxyd_samples_a_SOURCES =
