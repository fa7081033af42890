#include "lib/netlink/nft_counters.h"

#include <endian.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <cerrno>

#include "lib/netlink/wire.h"

namespace lib::netlink {

using lib::base::Result;
using wire::Attributes;
using wire::Message;

struct NftCounters::Internals {
  std::unique_ptr<wire::Exchange> exchange;
};

namespace {

constexpr std::uint16_t kGetElements = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETSETELEM, kGetGeneration = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETGEN;

std::optional<NftCounter> decode_element(const Attributes& in) {
  const Attributes expression = in.nested(NFTA_SET_ELEM_EXPR), data = expression.nested(NFTA_EXPR_DATA);
  const auto packets = data.u64(NFTA_COUNTER_PACKETS), bytes = data.u64(NFTA_COUNTER_BYTES);
  if (expression.text(NFTA_EXPR_NAME) != "counter" || !packets || !bytes) return std::nullopt;
  const auto key = in.nested(NFTA_SET_ELEM_KEY).bytes(NFTA_DATA_VALUE);
  return NftCounter{.key = {key.begin(), key.end()}, .packets = be64toh(*packets), .bytes = be64toh(*bytes)};
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
    const auto list = Attributes::of_message(entry, sizeof(nfgenmsg)).bytes(NFTA_SET_ELEM_LIST_ELEMENTS);
    int left = static_cast<int>(list.size());
    const void* start = list.data();  // attributes are aligned in the message
    for (const auto* at = static_cast<const nlattr*>(start); nla_ok(at, left) != 0; at = nla_next(at, &left))
      if (auto counter = decode_element(Attributes{static_cast<const nlattr*>(nla_data(at)), nla_len(at)})) out.push_back(std::move(*counter));
  });
  if (!done) return tl::unexpected{done.error()};
  return out;
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
