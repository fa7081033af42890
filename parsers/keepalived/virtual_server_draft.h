// Virtual servers while they are read: what was written, before values are inherited and cross checks made.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "parsers/keepalived/keyword.h"
#include "parsers/keepalived/virtual_server.h"

namespace parsers::keepalived {

using lib::net::Address;

/// What virtual servers, real servers and checkers each may say about checks.
struct CheckDefaults {
  std::optional<unsigned> retry;
  std::optional<Duration> delay_loop, warmup, delay_before_retry, connect_timeout;
  std::optional<bool> alpha;
};

struct CheckerDraft {
  Checker out;
  CheckDefaults given;
  std::string server_name;               // its real server, for complaints
  Address server;
  std::optional<Address> connect_ip, bind_ip;
  std::optional<std::uint16_t> connect_port, bind_port;
  // HTTP_GET and SSL_GET
  std::string virtualhost, sni_name;
  bool enable_sni = false;
  std::optional<bool> tls_compliant;
  std::vector<std::optional<bool>> url_tls_compliant;  // one a url
  // MISC_CHECK, BFD_CHECK and FILE_CHECK
  std::optional<Duration> misc_timeout;
  bool user_failed = false;
  std::string reference;                 // the BFD session or track file, once found
  std::vector<std::size_t> other_bfds;   // sessions that the server follows already
  std::optional<Weight> weight;
  template <class What>
  What& as() { return *std::get_if<What>(&out.what); }  // the row's table belongs to that kind
};

struct RealServerDraft {
  RealServer out;
  bool port_given = false;
  std::optional<Forwarding> forwarding;
  std::optional<std::uint32_t> weight;
  std::optional<bool> inhibit, smtp_alert;
  CheckDefaults given;
  std::vector<CheckerDraft> checkers;
};

struct SorryDraft {
  SorryServer out;
  bool port_given = false;
  std::optional<Forwarding> forwarding;
};

struct VirtualServerDraft {
  VirtualServer out;
  std::string group_name;
  std::size_t group_use = 0;             // which one of those that use this group
  bool scheduler_given = false;
  bool inhibit = false;
  std::optional<Forwarding> forwarding;
  std::uint32_t weight = 1;
  std::optional<bool> smtp_alert;
  CheckDefaults given;
  std::optional<SorryDraft> sorry;
  std::vector<RealServerDraft> real_servers;
};

/// "[10.0.0.1]:tcp:80".
std::string server_name(const Address& address, Protocol protocol);
/// As logs name the service.
std::string service_name(const VirtualServerDraft& draft);

/// KEYWORD METHOD [type TYPE [port N]] [nocsum|csum|remcsum]; `whose` is virtual, real or sorry. Nothing: complained.
std::optional<Forwarding> read_forwarding(Reader& in, std::string_view whose);
/// A port behind an address: 0 means none. Nothing: complained about the number.
std::optional<std::uint16_t> read_port(Reader& in, std::size_t index);
/// Rows that a virtual and a real server share; `whose` is "virtual server" or "real server".
void read_given_retry(CheckDefaults& to, Reader& in);
void read_given_delay_before_retry(CheckDefaults& to, Reader& in, const char* whose);
void read_given_warmup(CheckDefaults& to, Reader& in, const char* whose);
void read_given_delay_loop(CheckDefaults& to, Reader& in, const char* whose);
void read_given_connect_timeout(CheckDefaults& to, Reader& in, const char* whose);
/// KEYWORD NAME for a name that may not be missing: "virtual server virtualhost missing".
void read_name(std::string& to, Reader& in, const char* whose);
/// quorum_up and its kin: the first one counts.
void read_check_script(std::optional<Command>& to, Reader& in, const std::string& owner);

void read_real_server(VirtualServerDraft& to, Reader& in);
/// One checker block of a real server.
void read_checker(RealServerDraft& to, Reader& in);

/// Rows that most checkers share, and those of the ones that connect.
void read_checker_retry(CheckerDraft& to, Reader& in);
void read_checker_flag(std::optional<bool>& to, Reader& in);
void read_connect_ip(CheckerDraft& to, Reader& in);
void read_bind_ip(CheckerDraft& to, Reader& in);
void read_checker_port(std::optional<std::uint16_t>& to, Reader& in);
void read_checker_fwmark(CheckerDraft& to, Reader& in);
void read_checker_connect_timeout(CheckerDraft& to, Reader& in);
void read_checker_delay_loop(CheckerDraft& to, Reader& in);
void read_checker_delay(std::optional<Duration>& to, Reader& in);
void read_checker_log_all(CheckerDraft& to, Reader& in);

inline constexpr auto kTimesKeywords = std::to_array<Keyword<CheckerDraft>>({
    {"retry", 1, &read_checker_retry, "extra attempts before a server is down"},
    {"delay_before_retry", 1, [](CheckerDraft& to, Reader& in) { read_checker_delay(to.given.delay_before_retry, in); }, "seconds between attempts"},
    {"warmup", 1, [](CheckerDraft& to, Reader& in) { read_checker_delay(to.given.warmup, in); }, "longest random delay of the first check"},
    {"delay_loop", 1, &read_checker_delay_loop, "seconds between checks"},
    {"alpha", 0, [](CheckerDraft& to, Reader& in) { read_checker_flag(to.given.alpha, in); }, "down until the first success"},
    {"log_all_failures", 0, &read_checker_log_all, "each failed attempt is logged"},
});

inline constexpr auto kConnectKeywords = std::to_array<Keyword<CheckerDraft>>({
    {"connect_ip", 1, &read_connect_ip, "address to ask; the real server's"},
    {"connect_port", 1, [](CheckerDraft& to, Reader& in) { read_checker_port(to.connect_port, in); }, "port to ask; the real server's"},
    {"bindto", 1, &read_bind_ip, "source address"},
    {"bind_port", 1, [](CheckerDraft& to, Reader& in) { read_checker_port(to.bind_port, in); }, "source port"},
    {"bind_if", 1, [](CheckerDraft& to, Reader& in) { to.out.target.interface = in.text(1); }, "interface to send by"},
    {"fwmark", 1, &read_checker_fwmark, "mark of packets"},
    {"connect_timeout", 1, &read_checker_connect_timeout, "seconds for one attempt"},
});
inline constexpr auto kCommonKeywords = join(kConnectKeywords, kTimesKeywords);

/// Kinds with rows of their own. False: complained, there is no such checker.
bool read_http_check(CheckerDraft& to, Reader& in, bool tls);
bool read_misc_check(CheckerDraft& to, Reader& in);
bool read_bfd_check(CheckerDraft& to, const std::vector<CheckerDraft>& others, Reader& in);
bool read_file_check(CheckerDraft& to, Reader& in);

}  // namespace parsers::keepalived
