noinst_LIBRARIES += proxyd/config/libproxyd_config.a
proxyd_config_libproxyd_config_a_SOURCES = \
  proxyd/config/acl_keywords.cc proxyd/config/condition_text.h \
  proxyd/config/bandwidth_keywords.cc proxyd/config/bandwidth_keywords.h \
  proxyd/config/address_text.cc proxyd/config/address_text.h \
  proxyd/config/balance_keywords.cc \
  proxyd/config/bind_keywords.cc proxyd/config/bind_line.h \
  proxyd/config/bind_tls.cc proxyd/config/bind_tls.h proxyd/config/bind_tls_options.cc proxyd/config/bind_crt.cc \
  proxyd/config/connecting.h \
  proxyd/config/connect_options.cc proxyd/config/connect_options.h \
  proxyd/config/cross_checks.cc proxyd/config/cross_checks.h \
  proxyd/config/crt_store.cc proxyd/config/crt_store.h \
  proxyd/config/draft.cc proxyd/config/draft.h \
  proxyd/config/format_checks.cc proxyd/config/format_checks.h \
  proxyd/config/global_keywords.cc \
  proxyd/config/guids.cc proxyd/config/guids.h \
  proxyd/config/keyword.cc proxyd/config/keyword.h proxyd/config/keyword_list.cc proxyd/config/keyword_list.h \
  proxyd/config/known_keywords.cc proxyd/config/known_keywords.h proxyd/config/known_keywords_table.cc \
  proxyd/config/line.cc proxyd/config/line.h \
  proxyd/config/load.cc proxyd/config/load.h \
  proxyd/config/log_keywords.cc \
  proxyd/config/log_target.cc proxyd/config/log_target.h \
  proxyd/config/model.cc proxyd/config/model.h proxyd/config/place.h \
  proxyd/config/number_text.cc proxyd/config/number_text.h \
  proxyd/config/option_keywords.cc \
  proxyd/config/persist_keywords.cc \
  proxyd/config/proxy_keywords.cc \
  proxyd/config/server_state.cc proxyd/config/server_state.h proxyd/config/state_files.cc proxyd/config/state_files.h \
  proxyd/config/stats_file.cc proxyd/config/stats_file.h \
  proxyd/config/references.cc proxyd/config/references.h \
  proxyd/config/report.cc proxyd/config/report.h \
  proxyd/config/rule_keywords.cc proxyd/config/rule_line.cc proxyd/config/rule_line.h \
  proxyd/config/rule_actions.cc proxyd/config/header_rules.cc proxyd/config/list_rules.cc proxyd/config/start_line_rules.cc \
  proxyd/config/answer_rules.cc proxyd/config/answer_line.h \
  proxyd/config/error_keywords.cc proxyd/config/error_section.h \
  proxyd/config/redirect_rules.cc \
  proxyd/config/waiting_rules.cc \
  proxyd/config/retired_keywords.cc proxyd/config/retired_keywords.h \
  proxyd/config/ocsp_keywords.cc proxyd/config/ocsp_options.h \
  proxyd/config/ring_section.cc proxyd/config/ring_section.h \
  proxyd/config/sandbox.h proxyd/config/sandbox_keywords.cc \
  proxyd/config/server_line.cc proxyd/config/server_line.h \
  proxyd/config/server_options.cc proxyd/config/server_options.h \
  proxyd/config/server_tls.cc proxyd/config/server_tls.h \
  proxyd/config/source_text.cc proxyd/config/source_text.h \
  proxyd/config/stream_rules.cc \
  proxyd/config/stats_keywords.cc \
  proxyd/config/timeout_keywords.cc \
  proxyd/config/http2_keywords.cc proxyd/config/tls_keywords.cc proxyd/config/tls_tuning_keywords.cc proxyd/config/tls_tuning.h \
  proxyd/config/tls_text.cc proxyd/config/tls_text.h \
  proxyd/config/header_case_keywords.cc proxyd/config/variable_keywords.cc \
  proxyd/config/tuning_keywords.cc \
  proxyd/config/user_list.cc proxyd/config/user_list.h
