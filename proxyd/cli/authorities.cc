// show, set, commit, abort, new, del ssl ca-file and crl-file: whose signatures count, while clients shake hands. Worded as the
// original does.
#include <fmt/format.h>

#include <iterator>

#include "lib/base/text.h"
#include "lib/tls/authorities.h"
#include "proxyd/certificates/library.h"
#include "proxyd/cli/rooms.h"

namespace proxyd::cli {
namespace {

using certificates::Library;
using lib::tls::Authorities;
using lib::tls::TrustFile;

constexpr std::string_view short_name(TrustFile kind) { return kind == TrustFile::Authorities ? "CA" : "CRL"; }
constexpr std::string_view option_name(TrustFile kind) { return kind == TrustFile::Authorities ? "ca-file" : "crl-file"; }

std::size_t size_of(TrustFile kind, const Authorities* content) {
  if (content == nullptr) return 0;
  return kind == TrustFile::Authorities ? content->certificates() : content->revocations();
}

void list_files(Call& call, TrustFile kind, const Library& library) {
  const auto append = [&](std::string_view mark, const std::string& name, const Authorities* content) {
    fmt::format_to(std::back_inserter(call.out), "{}{}", mark, name);
    if (kind == TrustFile::Authorities) fmt::format_to(std::back_inserter(call.out), " - {} certificate(s)", size_of(kind, content));
    call.out += '\n';
  };
  if (const auto& open = library.transaction_of(kind); open) {
    call.out += "# transaction\n";
    append("*", open->name, open->content.get());
  }
  call.out += "# filename\n";
  for (const auto& [name, content] : library.trusted(kind)) append("", name, content.get());
}

/// "file:2" shows the second of it. False after an answer.
bool split_index(Call& call, TrustFile kind, std::string& name, std::size_t& index) {
  const std::size_t colon = name.rfind(':');
  if (colon == std::string::npos) return true;
  index = lib::base::parse_number<std::size_t>(std::string_view{name}.substr(colon + 1)).value_or(0);
  if (index == 0) {
    call.out += fmt::format("wrong {} index after colons in '{}'!", short_name(kind), name);
    return false;
  }
  name.resize(colon);
  return true;
}

template <TrustFile Kind>
void show(Context& context, Call& call) {
  const auto held = held_library(context);
  Library& library = *held;
  // What the system trusts is known to the original from its start.
  if (call.arg(0).empty() && Kind == TrustFile::Authorities) (void)library.load_trusted(Kind, "@system-ca");
  if (call.arg(0).empty()) return list_files(call, Kind, library);
  std::string name{call.arg(0)};
  std::size_t only = 0;
  if (!split_index(call, Kind, name, only)) return;
  std::shared_ptr<const Authorities> content;
  const auto& open = library.transaction_of(Kind);
  if (name.starts_with('*') && open && open->name == name.substr(1)) content = open->content;
  else if (library.trusted(Kind).contains(name)) content = library.find_trusted(Kind, name);
  else return call.error(fmt::format("Can't display the {} file : Not found!", short_name(Kind)));
  const std::size_t count = size_of(Kind, content.get());
  if (Kind == TrustFile::Authorities && only > count) return;
  if (Kind == TrustFile::Authorities && count == 0) return;
  fmt::format_to(std::back_inserter(call.out), "Filename: {}\nStatus: {}\n", name,
                 content == nullptr ? "Empty" : library.is_trusted(Kind, name) ? "Used" : "Unused");
  for (std::size_t i = 0; i < count; ++i) {
    if (only != 0 && only != i + 1) continue;
    fmt::format_to(std::back_inserter(call.out), " \n{} #{}:\n{}",
                   Kind == TrustFile::Authorities ? "Certificate" : "Certificate Revocation List", i + 1,
                   Kind == TrustFile::Authorities ? content->describe_certificate(i) : content->describe_revocation(i));
  }
}

/// "set": the payload is all there will be; "add": it comes to what there is, in the transaction or before one.
enum class Change : std::uint8_t { Set, Add };

template <TrustFile Kind, Change How>
void change(Context& context, Call& call) {
  const std::string name{call.arg(0)};
  if (name.empty() || call.payload.empty())
    return call.error(fmt::format("'{} ssl {} expects a filename and {}s as a payload", How == Change::Set ? "set" : "add", option_name(Kind),
                                  short_name(Kind)));
  const auto held = held_library(context);
  auto& open = held->transaction_of(Kind);
  const auto refuse = [&](std::string_view why) { call.error(fmt::format("{}\nCan't update {}!", why, name)); };
  if (!held->trusted(Kind).contains(name))
    return refuse(fmt::format("Can't replace a {} file which is not referenced by the configuration!", short_name(Kind)));
  if (open && open->name != name)
    return refuse(fmt::format("The ongoing transaction is about '{}' but you are trying to set '{}'", open->name, name));
  std::shared_ptr<const Authorities> before;
  if (How == Change::Add) before = open ? open->content : held->find_trusted(Kind, name);
  auto content = Authorities::read(call.payload, before.get());
  if (content == nullptr) return refuse("Invalid payload");
  const bool is_new = !open;
  open = Library::TrustTransaction{name, std::move(content)};
  call.message(Severity::Notice, fmt::format("transaction {} for {} {}!", is_new ? "created" : "updated", short_name(Kind), name));
}

template <TrustFile Kind>
void commit(Context& context, Call& call) {
  const std::string name{call.arg(0)};
  if (name.empty()) return call.error("'commit ssl ca-file expects a filename");  // also of the other
  const auto held = held_library(context);
  auto& open = held->transaction_of(Kind);
  const auto refuse = [&](std::string_view why) { call.error(fmt::format("{}\nCan't commit {}!", why, name)); };
  if (!open) return refuse("No ongoing transaction! !");
  if (open->name != name) return refuse(fmt::format("The ongoing transaction is about '{}' but you are trying to set '{}'", open->name, name));
  std::size_t places = 0;
  const std::string fault = held->replace_trusted(Kind, name, open->content, places);
  if (!fault.empty()) return refuse(fault);
  open.reset();
  call.out += fmt::format("Committing {}{}\nSuccess!\n", name, std::string(places, '.'));
}

template <TrustFile Kind>
void abort(Context& context, Call& call) {
  if (call.arg(0).empty()) return call.error(fmt::format("'abort ssl {}' expects a filename", option_name(Kind)));
  const auto held = held_library(context);
  auto& open = held->transaction_of(Kind);
  if (!open) return call.error("No ongoing transaction!");
  if (open->name != call.arg(0))
    return call.error(fmt::format("The ongoing transaction is about '{}' but you are trying to abort a transaction for '{}'", open->name,
                                  call.arg(0)));
  open.reset();
  call.message(Severity::Notice, fmt::format("Transaction aborted for certificate '{}'!", call.arg(0)));
}

template <TrustFile Kind>
void create(Context& context, Call& call) {
  const std::string name{call.arg(0)};
  if (name.empty()) return call.error(fmt::format("'new ssl {}' expects a filename", option_name(Kind)));
  const auto held = held_library(context);
  if (held->trusted(Kind).contains(name)) return call.error(fmt::format("{} file '{}' already exists!", short_name(Kind), name));
  held->add_trusted(Kind, name);
  call.message(Severity::Notice, fmt::format("New {} file created '{}'!", short_name(Kind), name));
}

template <TrustFile Kind>
void del(Context& context, Call& call) {
  const std::string name{call.arg(0)};
  if (name.empty()) return call.error(fmt::format("'del ssl {}' expects a {} file name", option_name(Kind), short_name(Kind)));
  const auto held = held_library(context);
  const auto refuse = [&](std::string_view why) {
    call.error(fmt::format("Can't remove the {} file: {} file '{}' {}!\n", short_name(Kind), short_name(Kind), name, why));
  };
  if (!held->trusted(Kind).contains(name)) return refuse("doesn't exist");
  if (held->is_trusted(Kind, name)) return refuse("in use, can't be deleted");
  auto& open = held->transaction_of(Kind);
  if (open && open->name == name) open.reset();
  held->remove_trusted(Kind, name);
  call.message(Severity::Notice, fmt::format("{} file '{}' deleted!", short_name(Kind), name));
}

}  // namespace

std::vector<Command> authority_commands(Context& context) {
  std::vector<Command> commands;
  const auto add = [&](const Row& row, Plain run) { commands.push_back(bind(context, row, run)); };
  constexpr TrustFile kAuthorities = TrustFile::Authorities, kRevocations = TrustFile::Revocations;
  add({"show ssl ca-file", Level::Operator, "show ssl ca-file [<cafile>[:<index>]]", "list files of authorities, or tell what is in one"}, show<kAuthorities>);
  add({"show ssl crl-file", Level::Operator, "show ssl crl-file [<crlfile>[:<index>]]", "list files of revoked certificates, or tell what is in one"}, show<kRevocations>);
  add({"set ssl ca-file", Level::Admin, "set ssl ca-file <cafile> <payload>", "prepare other authorities in place of a file's"}, change<kAuthorities, Change::Set>);
  add({"add ssl ca-file", Level::Admin, "add ssl ca-file <cafile> <payload>", "prepare more authorities beside a file's"}, change<kAuthorities, Change::Add>);
  add({"set ssl crl-file", Level::Admin, "set ssl crl-file <crlfile> <payload>", "prepare another list of revoked certificates"}, change<kRevocations, Change::Set>);
  add({"commit ssl ca-file", Level::Admin, "commit ssl ca-file <cafile>", "put prepared authorities in place"}, commit<kAuthorities>);
  add({"commit ssl crl-file", Level::Admin, "commit ssl crl-file <crlfile>", "put a prepared list in place"}, commit<kRevocations>);
  add({"abort ssl ca-file", Level::Admin, "abort ssl ca-file <cafile>", "forget prepared authorities"}, abort<kAuthorities>);
  add({"abort ssl crl-file", Level::Admin, "abort ssl crl-file <crlfile>", "forget a prepared list"}, abort<kRevocations>);
  add({"new ssl ca-file", Level::Admin, "new ssl ca-file <cafile>", "make an empty place for authorities"}, create<kAuthorities>);
  add({"new ssl crl-file", Level::Admin, "new ssl crl-file <crlfile>", "make an empty place for a list of revoked certificates"}, create<kRevocations>);
  add({"del ssl ca-file", Level::Admin, "del ssl ca-file <cafile>", "forget authorities that no listener asks"}, del<kAuthorities>);
  add({"del ssl crl-file", Level::Admin, "del ssl crl-file <crlfile>", "forget a list that no listener asks"}, del<kRevocations>);
  return commands;
}

}  // namespace proxyd::cli
