// A keepalived.conf as typed, complete, checked data: defaults filled in, names resolved to indexes. Never changed again.
// Keywords and defaults: keepalived.conf(5). What the virtual-server blocks hold is in virtual_server.h.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "lib/base/time.h"
#include "lib/net/address.h"
#include "parsers/common/diagnostic.h"
#include "parsers/keepalived/values.h"
#include "parsers/keepalived/virtual_server.h"

namespace parsers::keepalived {

using lib::base::Duration;
using lib::net::Address;
using parsers::common::Place;

/// One tracked thing of an instance or group: `index` into the list of scripts, files, processes or BFD sessions.
struct Track {
  std::size_t index = 0;
  Weight weight;
  bool operator==(const Track&) const = default;
};

struct TrackInterface {
  std::string interface;
  Weight weight;
  bool operator==(const TrackInterface&) const = default;
};

/// One line of virtual_ipaddress, virtual_ipaddress_excluded or static_ipaddress.
struct IpAddress {
  Address address;
  std::uint8_t prefix_length = 32;
  std::string interface;      // where it lives; empty: the instance's own
  std::string label;          // IFA_LABEL, or empty
  std::optional<Address> broadcast;
  std::optional<Address> peer;
  std::uint8_t peer_prefix_length = 0;
  std::uint8_t scope = 0;     // rtnetlink RT_SCOPE_*
  bool scope_given = false;
  bool home = false, no_dad = false, managed_temporary = false, no_prefix_route = false, autojoin = false;
  std::optional<std::uint32_t> preferred_lifetime_s;  // nullopt: forever; 0: deprecated, not used as a source
  bool tracked = true;        // its loss makes the instance give up
  std::string track_group;    // static only
  bool use_vmac = false;
  Place place;
  bool same_as(const IpAddress& other) const;  // all but the place
};

/// A metric with its "lock".
struct RouteMetric {
  std::uint16_t kind = 0;   // RTAX_*
  std::uint32_t value = 0;
  bool locked = false;
  bool operator==(const RouteMetric&) const = default;
};

struct RouteEncapsulation {
  enum class Kind : std::uint8_t { None, Mpls, Ip, Ip6, Ila };
  Kind kind = Kind::None;
  std::vector<std::uint32_t> labels;              // Mpls
  std::optional<Address> destination, source;     // Ip, Ip6
  std::uint64_t id = 0, locator = 0;              // Ip: tunnel id; Ila
  std::uint8_t ttl = 0, tos = 0;
  std::uint16_t flags = 0;
  bool operator==(const RouteEncapsulation&) const = default;
};

struct NextHop {
  std::optional<Address> via;
  std::string interface;
  std::uint8_t weight = 1;       // 1 .. 256 as written
  std::uint32_t realms = 0;
  bool onlink = false;
  RouteEncapsulation encapsulation;
  bool operator==(const NextHop&) const = default;
};

/// One line of virtual_routes or static_routes.
struct IpRoute {
  std::uint8_t family = 0;       // AF_INET or AF_INET6
  std::uint8_t type = 1;         // RTN_*
  std::optional<Address> destination;  // nullopt: default
  std::uint8_t destination_length = 0;
  std::optional<Address> source;       // "from", IPv6
  std::uint8_t source_length = 0;
  std::optional<Address> preferred_source, via;
  std::string interface;
  std::uint32_t table = 254;
  std::optional<std::uint32_t> metric;
  std::uint8_t scope = 0;
  bool scope_given = false;
  std::uint8_t protocol = 18;    // RTPROT_KEEPALIVED
  std::uint8_t tos = 0;
  std::uint32_t realms = 0;
  std::vector<RouteMetric> metrics;
  std::string congestion_control;
  std::vector<NextHop> next_hops;
  RouteEncapsulation encapsulation;
  bool onlink = false;
  std::optional<std::uint32_t> expires_s;
  std::optional<std::uint8_t> router_preference, ttl_propagate;
  enum class How : std::uint8_t { Prepend, Add, Append } how = How::Prepend;
  bool tracked = true;
  std::string track_group;
  std::string text;              // normalized line, for dumps
  Place place;
};

/// One line of virtual_rules or static_rules.
struct IpRule {
  std::uint8_t family = 0;
  bool inverted = false;
  std::optional<Address> from, to;
  std::uint8_t from_length = 0, to_length = 0;
  std::optional<std::uint32_t> table, goto_priority, fwmark, fwmark_mask, realms;
  std::optional<std::uint32_t> suppress_prefix_length, suppress_interface_group;
  std::optional<std::uint64_t> tunnel_id;
  std::uint32_t priority = 0;
  std::uint8_t action = 1;       // FR_ACT_*
  std::uint8_t tos = 0, protocol = 18, ip_protocol = 0;
  bool l3mdev = false;
  std::string in_interface, out_interface;
  std::optional<std::pair<std::uint32_t, std::uint32_t>> uid_range;
  std::optional<std::pair<std::uint16_t, std::uint16_t>> source_ports, destination_ports;
  bool tracked = true;
  std::string track_group;
  std::string text;
  Place place;
};

struct VrrpScript {
  std::string name;
  Command command;
  Duration interval{1'000'000};
  Duration timeout{0};           // 0: the interval
  Weight weight;
  unsigned rise = 1, fall = 1;
  bool init_fail = false;
  bool is_removed = false;       // while it is read
  Place place;
};

struct TrackFile {
  std::string name, path;
  Weight weight{.value = 1};
  std::optional<int> initial_value;  // "init_file"
  bool overwrite = false;
  Place place;
};

struct TrackProcess {
  std::string name, path;
  std::vector<std::string> parameters;
  enum class Match : std::uint8_t { None, Exact, Initial, Partial } match = Match::None;
  Weight weight;
  unsigned quorum = 1;
  unsigned quorum_max = ~0U;
  Duration fork_delay{0}, terminate_delay{0};
  bool full_command = false;
  Place place;
};

struct BfdInstance {
  std::string name;
  Address neighbor;
  std::optional<Address> source;
  std::uint32_t min_rx_us = 10'000, min_tx_us = 10'000, idle_tx_us = 1'000'000;
  std::uint8_t multiplier = 5;
  bool passive = false;
  int ttl = -1;                  // -1: 255 for IPv4, 64 for IPv6
  int max_hops = 0;              // -1: unchecked
  bool multihop = false;
  Weight weight;
  bool says_vrrp = false, says_checker = false;  // who hears of it; neither: both
  bool is_removed = false;       // while it is read
  Place place;
  bool is_for_vrrp() const { return says_vrrp || !says_checker; }
  bool is_for_checker() const { return says_checker || !says_vrrp; }
  bool same_as(const BfdInstance& other) const;  // all but the place
};

/// The scripts and mail of an instance or a sync group.
struct Notify {
  std::optional<Command> master, backup, fault, stop, deleted, generic, master_rx_lower_pri;
  bool smtp_alert = false;
  bool notify_deleted = false;         // DELETED is told instead of FAULT
  bool priority_changes = false;
};

struct GarpTimes {
  Duration master_delay{5'000'000};
  unsigned master_repeat = 5;
  Duration master_refresh{0};          // 0: never
  unsigned master_refresh_repeat = 1;
  Duration lower_prio_delay{5'000'000};
  unsigned lower_prio_repeat = 5;
  Duration extra_interval{0};          // garp_extra_if
  bool extra_all = false;
  bool operator==(const GarpTimes&) const = default;
};

struct HmacKey {
  std::uint8_t id = 0;
  std::string secret;                  // 32 .. 64 bytes; never logged
  bool operator==(const HmacKey&) const = default;
};

struct AuthHmac {
  std::vector<HmacKey> keys;
  std::uint8_t active_key = 0;
  Duration time_window{0};             // filled in: 3 adverts, at least 5 s
  bool monotonic = false;              // anti_replay monotonic
  enum class Mode : std::uint8_t { Enforce, Permissive, ReceiveOnly } mode = Mode::Enforce;
  bool operator==(const AuthHmac&) const = default;
};

struct UnicastPeer {
  Address address;
  std::optional<std::uint8_t> min_ttl, max_ttl;
  bool operator==(const UnicastPeer&) const = default;
};

enum class AuthType : std::uint8_t { None = 0, Pass = 1, Ah = 2 };
enum class VirtualMac : std::uint8_t { None, Macvlan, Ipvlan };
enum class OldChecksum : std::uint8_t { Detect, Force, Never };

struct VrrpInstance {
  std::string name;
  bool wants_master = false;           // "state MASTER", or priority 255
  std::string interface;               // may be empty with unicast_src_ip
  std::uint8_t vrid = 0;
  std::uint8_t priority = 100;
  Duration advert_interval{1'000'000};
  std::uint8_t version = 2;
  std::uint8_t family = 0;             // AF_INET or AF_INET6
  std::vector<IpAddress> addresses;    // in the advert, in this order
  std::vector<IpAddress> excluded;
  std::vector<IpRoute> routes;
  std::vector<IpRule> rules;
  bool no_virtual_ipaddress = false;

  AuthType auth_type = AuthType::None;
  std::string auth_pass;               // at most 8 bytes
  std::optional<AuthHmac> auth_hmac;

  std::optional<Address> source;       // mcast_src_ip or unicast_src_ip
  Address multicast_group;             // resolved: mcast_dst_ip or the global group
  std::vector<UnicastPeer> unicast_peers;  // not empty: unicast
  bool unicast_configured = false;     // a unicast keyword was there
  bool unicast_fault_no_peer = false;
  std::optional<std::uint8_t> unicast_ttl;
  bool check_unicast_source = false;
  bool track_source = false;           // track_src_ip
  OldChecksum old_checksum = OldChecksum::Detect;
  bool v3_checksum_as_v2 = false;

  VirtualMac vmac = VirtualMac::None;
  std::string vmac_name;               // empty: chosen by the daemon from vmac_prefix
  std::optional<std::array<std::uint8_t, 6>> vmac_address;
  std::uint32_t vmac_group = 0;
  bool vmac_netlink_notify = false;
  bool vmac_transmit_base = false;     // vmac_xmit_base
  bool vmac_for_addresses = false;     // use_vmac_addr
  std::optional<IpAddress> ipvlan_address;
  enum class IpvlanMode : std::uint8_t { Bridge, Private, Vepa } ipvlan_mode = IpvlanMode::Bridge;
  std::string vrf;

  bool track_primary = true;           // not dont_track_primary
  std::vector<TrackInterface> track_interfaces;
  std::vector<Track> track_scripts, track_files, track_processes, track_bfds;

  bool preempt = true;
  Duration preempt_delay{0};
  bool accept = true;
  bool skip_check_adv_addr = false;
  bool strict = false;
  bool promote_secondaries = false;
  unsigned debug = 0;
  GarpTimes garp;
  bool lower_prio_no_advert = false, higher_prio_send_advert = false, owner_ignore_adverts = false;
  unsigned down_timer_adverts = 3;
  std::optional<std::uint8_t> timer_expired_backup;
  std::uint32_t receive_buffer = 0;
  bool linkbeat_polling = false;
  Notify notify;
  std::optional<std::size_t> group;    // into KeepalivedConfig::groups
  // Ours, each with a keyword that restores the original:
  bool make_before_break = true;       // "original_release": no longer answers after priority 0
  bool advertise_priority_change = true;  // "original_priority_advert": waits for the next interval, and for the master-down time
  bool report_duplicates = true;       // "no_duplicate_check"
  // What was written, for defaults that depend on each other; nothing that runs reads these.
  bool priority_given = false, version_given = false, accept_given = false;
  bool lower_repeat_given = false, lower_delay_given = false, lower_no_advert_given = false;
  std::optional<bool> smtp_alert, priority_changes;
  Place place;
};

struct SyncGroup {
  std::string name;
  std::vector<std::size_t> members;    // into KeepalivedConfig::instances
  std::vector<TrackInterface> track_interfaces;
  std::vector<Track> track_scripts, track_files, track_processes, track_bfds;
  bool tracking_weight = false;        // sync_group_tracking_weight
  std::vector<std::string> member_names;  // as written
  std::optional<bool> smtp_alert, priority_changes;
  Notify notify;
  Place place;
};

struct TrackGroup {
  std::string name;
  std::vector<std::string> member_names;  // as written
  std::vector<std::size_t> members;       // never empty
  Place place;
};

struct GarpGroup {
  Duration garp_interval{0}, gna_interval{0};
  std::vector<std::string> interfaces;
};

struct UpDownDelay {
  std::string interface;
  Duration down{0}, up{0};
};

struct LinkbeatInterface {
  std::string interface;
  enum class How : std::uint8_t { Detect, Mii, Ethtool, Ioctl } how = How::Detect;
};

struct NotifyFifo {
  std::string path;                    // empty: none
  uid_t uid = 0;
  gid_t gid = 0;
  std::optional<Command> script;
};

/// Scheduling of one process: the vrrp_, checker_ and bfd_ keywords.
struct ProcessTuning {
  int nice = 0;
  std::optional<int> realtime_priority;
  std::uint32_t realtime_limit_us = 10'000;
  bool no_swap = false;
  std::vector<unsigned> cpus;
  std::string process_name;
  bool operator==(const ProcessTuning&) const = default;
};

struct LvsSyncDaemon {
  std::string interface, instance;
  std::optional<std::uint8_t> id;
  std::uint16_t max_length = 0, port = 0;
  std::uint8_t ttl = 0;
  std::optional<Address> group;
};

struct GlobalDefs {
  std::vector<std::string> notification_email;
  std::string notification_email_from;
  std::optional<Address> smtp_server;  // with port
  std::string smtp_helo_name;
  Duration smtp_connect_timeout{30'000'000};
  std::string router_id;
  std::optional<bool> smtp_alert, smtp_alert_vrrp, smtp_alert_checker;
  bool no_email_faults = false, no_checker_emails = false, rs_init_notifies = false, checker_log_all_failures = false;
  std::string default_interface = "eth0";
  NameFolders route_names;             // iproute_usr_dir, iproute_etc_dir
  bool dynamic_interfaces = false, allow_interface_changes = false;
  bool disable_local_igmp = false;
  Address multicast_group4, multicast_group6;
  std::uint8_t vrrp_version = 2;
  bool strict = false, skip_check_adv_addr = false, check_unicast_source = false;
  GarpTimes garp;
  Duration garp_interval{0}, gna_interval{0};
  bool min_garp = false;
  bool lower_prio_no_advert = false, higher_prio_send_advert = false, owner_ignore_adverts = false;
  unsigned down_timer_adverts = 3;
  bool v3_checksum_as_v2 = false;

  bool iptables_given = false, ipsets_given = false, nftables_given = false;  // all mean our own nftables table
  std::string nftables_table = "keepalived";
  std::int32_t nftables_priority = -1;
  bool nftables_counters = false, nftables_ifindex = false;
  std::string nftables_ipvs_table;          // empty: off
  std::int32_t nftables_ipvs_priority = -1;
  std::uint32_t nftables_ipvs_start_mark = 1000;

  bool script_security = false, supplementary_groups = false;
  bool use_symlink_paths = true;       // false: scripts run by their real path
  uid_t script_uid = 0;
  gid_t script_gid = 0;
  std::vector<gid_t> script_groups;    // of the account, for supplementary_groups
  bool script_user_given = false;
  NotifyFifo fifo, vrrp_fifo, lvs_fifo;
  bool notify_priority_changes = false, fifo_states_on_reload = false;
  std::optional<Command> startup_script, shutdown_script;
  Duration startup_timeout{10'000'000}, shutdown_timeout{10'000'000};
  bool process_names = false;
  std::string process_name;
  ProcessTuning vrrp, checker, bfd;
  int max_auto_priority = 0;
  Duration min_auto_priority_delay{1'000'000};

  std::optional<std::uint32_t> lvs_tcp_timeout_s, lvs_tcpfin_timeout_s, lvs_udp_timeout_s;
  bool lvs_flush = false;
  enum class FlushOnStop : std::uint8_t { No, All, OwnServers } lvs_flush_on_stop = FlushOnStop::No;
  std::optional<LvsSyncDaemon> lvs_sync_daemon;
  enum class LvsDriver : std::uint8_t { Auto, Ipvs, Nftables } lvs_driver = LvsDriver::Auto;
  std::uint32_t lvs_netlink_command_buffer = 0, lvs_netlink_monitor_buffer = 0;  // 0: the kernel's
  bool lvs_netlink_command_force = false, lvs_netlink_monitor_force = false;

  bool snmp = false, traps = false;
  bool dbus = false;
  std::string dbus_service_name, dbus_no_interface_name;
  std::string receive_buffer_policy;   // "", "MTU", "ADVERT" or bytes
  unsigned receive_buffer_multiplier = 3;
  std::uint32_t vrrp_netlink_command_buffer = 0, vrrp_netlink_monitor_buffer = 0;
  bool vrrp_netlink_command_force = false, vrrp_netlink_monitor_force = false;
  std::uint32_t process_monitor_buffer = 0;
  bool process_monitor_force = false;
  Duration startup_delay{0}, delay_after_boot{0};
  bool log_unknown_vrids = false;
  std::string vmac_prefix = "vrrp", vmac_addr_prefix;
  std::optional<unsigned> umask;
  bool reload_check_config = false;
  std::string reload_check_log, reload_time_file, reload_file;
  bool reload_repeat = false;
  std::string config_save_dir;         // or empty
  bool data_use_instance = false;
  unsigned json_version = 1;
  std::string state_dump_file, stats_dump_file, json_dump_file;  // empty: the default place
  std::string runtime_socket;          // ours: vrrpd's; empty: /run/triad/vrrpd.sock
  std::string checker_runtime_socket;  // ours: checkerd's; empty: /run/triad/checkerd.sock
  bool no_shared_checks = false;       // ours: identical checks run each for themselves
};

struct KeepalivedConfig {
  GlobalDefs global;
  std::string net_namespace, instance_name;
  std::optional<std::string> net_namespace_ipvs;  // empty: the namespace that we began in
  bool use_pid_dir = false, namespace_with_ipsets = false, linkbeat_polling = false;
  std::optional<Duration> child_wait;  // how long a stop may take at most
  std::vector<LinkbeatInterface> linkbeat_interfaces;
  std::vector<UpDownDelay> up_down_delays;
  std::vector<GarpGroup> garp_groups;
  std::vector<IpAddress> static_addresses;
  std::vector<IpRoute> static_routes;
  std::vector<IpRule> static_rules;
  std::vector<TrackGroup> track_groups;
  std::vector<VrrpScript> scripts;
  std::vector<TrackFile> track_files;
  std::vector<TrackProcess> track_processes;
  std::vector<BfdInstance> bfds;
  std::vector<VrrpInstance> instances;
  std::vector<SyncGroup> groups;
  VirtualServers lvs;                  // virtual servers, their groups, SSL
  std::vector<std::shared_ptr<const parsers::common::Source>> sources;  // what the places point into
};

}  // namespace parsers::keepalived
