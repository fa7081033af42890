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
    {"retry", 1, &read_checker_retry, "NUMBER", "Further attempts before the server is down, from 0. Default: the real server's, else 1 (DNS_CHECK 3, MISC_CHECK 0)."},
    {"delay_before_retry", 1, [](CheckerDraft& to, Reader& in) { read_checker_delay(to.given.delay_before_retry, in); }, "SECONDS", "Between those attempts. Default: the real server's, else 1 (HTTP_GET and SSL_GET 3, DNS_CHECK and MISC_CHECK delay_loop)."},
    {"warmup", 1, [](CheckerDraft& to, Reader& in) { read_checker_delay(to.given.warmup, in); }, "SECONDS", "The first check begins at a random time up to this. Default: the real server's."},
    {"delay_loop", 1, &read_checker_delay_loop, "SECONDS", "Between checks. Default: the real server's."},
    {"alpha", 0, [](CheckerDraft& to, Reader& in) { read_checker_flag(to.given.alpha, in); }, "[BOOL]", "Down until the first success. Default: the real server's."},
    {"log_all_failures", 0, &read_checker_log_all, "[BOOL]", "Log each failed attempt. Default: checker_log_all_failures."},
});

inline constexpr auto kConnectKeywords = std::to_array<Keyword<CheckerDraft>>({
    {"connect_ip", 1, &read_connect_ip, "ADDRESS", "Where to ask. Default: the real server."},
    {"connect_port", 1, [](CheckerDraft& to, Reader& in) { read_checker_port(to.connect_port, in); }, "PORT", "Where to ask, 1 to 65535. Default: the real server's."},
    {"bindto", 1, &read_bind_ip, "ADDRESS", "Where to ask from. Default: the kernel's choice."},
    {"bind_port", 1, [](CheckerDraft& to, Reader& in) { read_checker_port(to.bind_port, in); }, "PORT", "Where to ask from, 1 to 65535. Default: the kernel's choice."},
    {"bind_if", 1, [](CheckerDraft& to, Reader& in) { to.out.target.interface = in.text(1); }, "INTERFACE", "The interface to ask by. Default: the kernel's choice."},
    {"fwmark", 1, &read_checker_fwmark, "NUMBER", "Firewall mark of the check's packets. Default: 0."},
    {"connect_timeout", 1, &read_checker_connect_timeout, "SECONDS", "For one attempt, 0.000001 to 4294. Default: the real server's."},
});
inline constexpr auto kCommonKeywords = join(kConnectKeywords, kTimesKeywords);

/// Kinds with rows of their own. False: complained, there is no such checker.
bool read_http_check(CheckerDraft& to, Reader& in, bool tls);
bool read_misc_check(CheckerDraft& to, Reader& in);
bool read_bfd_check(CheckerDraft& to, const std::vector<CheckerDraft>& others, Reader& in);
bool read_file_check(CheckerDraft& to, Reader& in);

}  // namespace parsers::keepalived
