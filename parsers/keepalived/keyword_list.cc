#include "parsers/keepalived/keyword_list.h"

namespace parsers::keepalived {

KeywordList list_keywords() {
  KeywordList list;
  for (void (*const room)(KeywordList&) :
       {list_root_keywords, list_global_keywords, list_static_keywords, list_tracking_keywords, list_group_keywords, list_instance_keywords,
        list_auth_hmac_keywords, list_address_words, list_route_words, list_rule_words, list_virtual_server_keywords, list_real_server_keywords,
        list_checker_keywords, list_http_keywords, list_local_checker_keywords, list_tls_keywords})
    room(list);
  return list;
}

}  // namespace parsers::keepalived
