// A configuration while it is being read: the model's objects with what only the reading and the
// checks need.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "parsers/haproxy/tree.h"
#include "proxyd/config/keyword.h"
#include "proxyd/config/load.h"
#include "proxyd/config/model.h"
#include "proxyd/samples/environment.h"

namespace proxyd::config {

using parsers::common::Diagnostics;
using parsers::common::Place;
using parsers::common::Source;
using parsers::haproxy::Statement;

enum class ProxyKind : std::uint8_t { Defaults, Frontend, Backend, Listen };

/// How a server line wants its name resolved at load time, in order.
enum class InitAddress : std::uint8_t { Last, Libc, None, Ip };

/// What a server line said that the model does not keep.
struct ServerDraft {
  std::vector<InitAddress> init_address;  // empty: last, libc
  lib::net::Address init_ip;
};

/// A server whose address is a name, to be resolved after reading.
struct UnresolvedServer {
  std::size_t proxy;   // into Config::proxies
  std::size_t server;  // into Proxy::servers
  sa_family_t family;  // AF_UNSPEC: any
  Place place;
  ServerDraft wish;
};

/// A proxy or a defaults section.
struct ProxyDraft {
  ProxyKind kind = ProxyKind::Defaults;
  Proxy* proxy = nullptr;
  Place place;
  Server default_server;
  ServerDraft default_wish;
  Place log_format_place;  // of "option httplog" and its kin
  bool log_global = false;
  bool explicit_id = false;
  bool is_ring = false;       // the servers of a "ring" section
  std::vector<std::string_view> bind_texts;  // parallel to Proxy::binds: the addresses as written
  std::vector<Place> server_places;          // parallel to Proxy::servers
  std::vector<Place> use_backend_places;     // parallel to Proxy::use_backend
  std::vector<Place> use_server_places;      // parallel to Proxy::use_server
  std::vector<std::pair<std::string, Place>> wanted_filters;  // that rules name
  const ProxyRules* inherited_rules = nullptr;  // of its defaults section, first in its own lists; null: there is none
  Place default_backend_place;

  bool is_front() const { return kind == ProxyKind::Frontend || kind == ProxyKind::Listen; }
  bool is_back() const { return kind == ProxyKind::Backend || kind == ProxyKind::Listen; }
  /// "frontend 'web'", "proxy 'web'" for a listen.
  std::string title() const;
  /// "frontend", "listen", ...
  std::string_view section() const;
};

/// A "ring" section being read: its "server" lines are those of a backend of its name.
struct RingDraft {
  std::size_t index = 0;  // into Config::rings
  Proxy servers;
  ProxyDraft draft;
};

/// A defaults section with its values.
struct DefaultsSection {
  std::string_view name;
  Proxy values;
  ProxyDraft draft;
  bool used_by_name = false;
  bool used_implicitly = false;
  bool used_by_front = false, used_by_back = false;
};

/// Everything read so far.
class Draft {
 public:
  Draft(const LoadOptions& load_options, Diagnostics& into);

  const LoadOptions& options;
  Diagnostics& diagnostics;
  std::unique_ptr<Config> config = std::make_unique<Config>();
  std::deque<ProxyDraft> proxies;  // parallel to Config::proxies
  std::deque<DefaultsSection> defaults;
  DefaultsSection* current_defaults = nullptr;
  std::deque<RingDraft> rings;
  std::vector<Ring> implicit_rings;  // what "log tcp@..." makes; behind those of sections at the end
  std::vector<UnresolvedServer> unresolved;
  std::unordered_map<std::string_view, std::size_t> frontends,
      backends;         // index into Config::proxies
  bool failed = false;  // a fatal alert was given
  struct CaptureReference {
    const ProxyDraft* proxy;
    std::int32_t slot;
    bool of_response;
    Place place;
  };
  std::vector<CaptureReference> capture_references;  // "capture ... id 1", to be looked for when all slots are known
  std::vector<const ProxyDraft*> content_captures;   // those whose "tcp-request content capture" looks at what a client sends
  std::vector<std::string> changed_lists;            // what rules change while traffic flows
  struct GuidOwner {
    std::string who, place;
  };
  std::map<std::string, GuidOwner, std::less<>> guids;  // that objects have
  bool expose_experimental = false;  // "expose-experimental-directives": normalize-uri may be used

  /// "http-errors" sections by name; read before everything else.
  std::map<std::string, std::map<int, std::shared_ptr<const std::string>>, std::less<>> error_sections;

  samples::Environment environment;  // of all expressions
  std::set<const rules::Acl*> asked_acls;  // by acl()
  std::size_t acl_questions = 0;           // how often acl() asked for one

  KeywordIndex global_index, global_stats_index, proxy_index, option_index, timeout_index,
      stats_index;

  /// Whether the line is to be read: false once 50 lines of its file were found fatally wrong, after an alert that says so.
  bool reads_on(const Statement& line);

  /// The file and line of a place, sharing the file's name.
  ConfigPlace keep(const Place& place);
  /// "t.cfg:8"
  static std::string at(const Place& place);

  void alert(const Place& place, std::string message, std::string hint = {});
  void warning(const Place& place, std::string message, std::string hint = {});
  /// Printed as an alert, but the original goes on.
  void harmless_alert(const Place& place, std::string message);

 private:
  const Source* last_source_ = nullptr;
  std::shared_ptr<const std::string> last_name_;
  std::size_t fatal_alerts_ = 0, fatal_alerts_seen_ = 0;
  const Source* line_source_ = nullptr;  // of the line that is being read
  std::uint32_t line_number_ = 0;
  std::unordered_map<const Source*, std::size_t> bad_lines_;
};

}  // namespace proxyd::config
