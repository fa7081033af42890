#include "lib/netlink/nft_counters.h"

#include <endian.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <netlink/msg.h>

#include <cerrno>
#include <span>

#include "lib/netlink/wire.h"

namespace lib::netlink {

using lib::base::Result;
using wire::Attributes;
using wire::Message;

struct NftCounters::Internals {
  std::unique_ptr<wire::Exchange> exchange;
};

namespace {

constexpr std::uint16_t kGetElements = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETSETELEM, kGetGeneration = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETGEN,
                        kGetRules = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETRULE;

/// FNV-1a, over what comes one after the other.
class Mixed {
 public:
  void add(std::span<const std::uint8_t> bytes) {
    for (const std::uint8_t each : bytes) value_ = (value_ ^ each) * 0x100000001b3U;
  }
  std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0xcbf29ce484222325U;
};

/// All attributes of an answer.
std::span<const std::uint8_t> attributes_of(const nlmsghdr& entry) {
  const void* const start = nlmsg_attrdata(&entry, sizeof(nfgenmsg));
  return {static_cast<const std::uint8_t*>(start), static_cast<std::size_t>(nlmsg_attrlen(&entry, sizeof(nfgenmsg)))};
}

std::optional<NftCounter> decode_element(const Attributes& in) {
  const Attributes expression = in.nested(NFTA_SET_ELEM_EXPR), data = expression.nested(NFTA_EXPR_DATA);
  const auto packets = data.u64(NFTA_COUNTER_PACKETS), bytes = data.u64(NFTA_COUNTER_BYTES);
  if (expression.text(NFTA_EXPR_NAME) != "counter" || !packets || !bytes) return std::nullopt;
  const auto key = in.nested(NFTA_SET_ELEM_KEY).bytes(NFTA_DATA_VALUE);
  return NftCounter{.key = {key.begin(), key.end()}, .packets = be64toh(*packets), .bytes = be64toh(*bytes)};
}

/// Calls `take` with each element of an answer; how many elements a message has is the kernel's choice.
template <class Take>
void each_element(const nlmsghdr& entry, Take take) {
  const auto list = Attributes::of_message(entry, sizeof(nfgenmsg)).bytes(NFTA_SET_ELEM_LIST_ELEMENTS);
  int left = static_cast<int>(list.size());
  const void* start = list.data();  // attributes are aligned in the message
  for (const auto* at = static_cast<const nlattr*>(start); nla_ok(at, left) != 0; at = nla_next(at, &left)) take(at);
}

}  // namespace

NftCounters::NftCounters(std::unique_ptr<Internals> internals) : internals_{std::move(internals)} {}
NftCounters::~NftCounters() = default;

Result<std::unique_ptr<NftCounters>> NftCounters::open() {
  auto exchange = wire::Exchange::open_netfilter();
  if (!exchange) return tl::unexpected{exchange.error()};
  auto internals = std::make_unique<Internals>();
  internals->exchange = std::move(*exchange);
  return std::unique_ptr<NftCounters>{new NftCounters{std::move(internals)}};  // the constructor is private
}

Result<std::vector<NftCounter>> NftCounters::read(Family family, const std::string& table, const std::string& set) {
  Message request{kGetElements, 0};
  request.header(nfgenmsg{.nfgen_family = static_cast<std::uint8_t>(family), .version = NFNETLINK_V0, .res_id = 0});
  request.put_text(NFTA_SET_ELEM_LIST_TABLE, table);
  request.put_text(NFTA_SET_ELEM_LIST_SET, set);
  std::vector<NftCounter> out;
  const auto done = internals_->exchange->dump(request, [&out](const nlmsghdr& entry) {
    each_element(entry, [&out](const nlattr* at) {
      if (auto counter = decode_element(Attributes{static_cast<const nlattr*>(nla_data(at)), nla_len(at)})) out.push_back(std::move(*counter));
    });
  });
  if (!done) return tl::unexpected{done.error()};
  return out;
}

Result<std::uint64_t> NftCounters::fingerprint(Family family, const std::string& table, const std::vector<std::string>& maps) {
  Mixed mixed;
  std::uint64_t in_any_order = 0;  // the kernel's hash tables change theirs
  std::size_t rules = 0;
  const nfgenmsg header{.nfgen_family = static_cast<std::uint8_t>(family), .version = NFNETLINK_V0, .res_id = 0};
  Message request{kGetRules, 0};
  request.header(header);
  request.put_text(NFTA_RULE_TABLE, table);
  const auto done = internals_->exchange->dump(request, [&](const nlmsghdr& entry) {
    mixed.add(attributes_of(entry));
    ++rules;
  });
  if (!done && done.error().code != ENOENT) return tl::unexpected{done.error()};
  if (rules == 0) return 0;
  for (const std::string& map : maps) {
    Message elements{kGetElements, 0};
    elements.header(header);
    elements.put_text(NFTA_SET_ELEM_LIST_TABLE, table);
    elements.put_text(NFTA_SET_ELEM_LIST_SET, map);
    const auto read = internals_->exchange->dump(elements, [&](const nlmsghdr& entry) {
      each_element(entry, [&](const nlattr* at) {
        Mixed one;
        one.add({static_cast<const std::uint8_t*>(nla_data(at)), static_cast<std::size_t>(nla_len(at))});
        in_any_order += one.value();
      });
    });
    if (!read && read.error().code != ENOENT) return tl::unexpected{read.error()};
  }
  return (mixed.value() + in_any_order) | 1U;  // never 0
}

Result<std::uint32_t> NftCounters::generation() {
  Message request{kGetGeneration, 0};
  request.header(nfgenmsg{.nfgen_family = 0, .version = NFNETLINK_V0, .res_id = 0});
  std::optional<std::uint32_t> out;
  const auto done = internals_->exchange->ask(request, [&out](const nlmsghdr& answer) {
    if (const auto id = Attributes::of_message(answer, sizeof(nfgenmsg)).u32(NFTA_GEN_ID)) out = be32toh(*id);
  });
  if (!done) return tl::unexpected{done.error()};
  if (!out) return lib::base::failure("nftables: the kernel tells no generation", ENOMSG);
  return *out;
}

}  // namespace lib::netlink
