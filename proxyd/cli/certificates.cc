// show, set, commit, abort, new, del, dump: certificates while clients shake hands. Worded as the original does.
#include <fmt/format.h>

#include <array>
#include <chrono>
#include <iterator>

#include "lib/base/text.h"
#include "lib/tls/certificate_text.h"
#include "proxyd/certificates/library.h"
#include "proxyd/cli/rooms.h"

namespace proxyd::cli {
namespace {

using certificates::Library;
using lib::event::Task;
using lib::tls::Certificate;

/// Who keeps responses fresh.
void look_again(Context& context) {
  if (context.updater != nullptr) context.updater->look_again();
}

std::int64_t now_s() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// ---- looking

void list_certificates(Call& call, const Library& library) {
  const auto end = std::back_inserter(call.out);
  if (library.transaction) fmt::format_to(end, "# transaction\n*{}\n", library.transaction->name);
  call.out += "# filename\n";
  for (const auto& [name, certificate] : library.certificates()) fmt::format_to(end, "{}\n", name);
}

/// "*name" is the one of the transaction. False: there is none of that name.
bool find_shown(const Library& library, std::string_view word, std::shared_ptr<const Certificate>& found) {
  if (word.starts_with('*')) {
    if (!library.transaction || library.transaction->name != word.substr(1)) return false;
    found = library.transaction->certificate;
    return true;
  }
  const auto known = library.certificates().find(std::string{word});
  if (known == library.certificates().end()) return false;
  found = known->second;
  return true;
}

void show_certificate(Context& context, Call& call) {
  const auto held = held_library(context);
  const Library& library = *held;
  if (call.arg(0).empty()) return list_certificates(call, library);
  std::shared_ptr<const Certificate> found;
  if (!find_shown(library, call.arg(0), found)) return call.error("Can't display the certificate: Not found or the certificate is a bundle!");
  const std::string text = found == nullptr ? std::string{} : lib::tls::describe(*found);
  const std::string_view status = text.empty() ? "Empty" : library.is_used(std::string{call.arg(0)}) ? "Used" : "Unused";
  fmt::format_to(std::back_inserter(call.out), "Filename: {}\nStatus: {}\n{}OCSP Response Key: {}\n", call.arg(0), status, text,
                 found == nullptr ? std::string{} : lib::tls::ocsp_key(*found));
}

void dump_certificate(Context& context, Call& call) {
  std::shared_ptr<const Certificate> found;
  if (!find_shown(*held_library(context), call.arg(0), found) || found == nullptr)
    return call.error("Can't dump the certificate: Not found or the certificate is a bundle!");
  call.out += lib::tls::public_pem(*found);
}

void append_entry(std::string& out, const certificates::ListEntry& entry, bool with_lines) {
  out += entry.certificate;
  if (with_lines && entry.line != 0) out += fmt::format(":{}", entry.line);
  if (!entry.settings.empty()) {
    out += " [";
    for (std::size_t i = 0; i < entry.settings.size(); ++i)
      out += fmt::format("{}{}{}{}", i == 0 ? "" : " ", entry.settings[i].option, entry.settings[i].value.empty() ? "" : " ",
                         entry.settings[i].value);
    out += ']';
  }
  for (const std::string& each : entry.filters) out += " " + each;
  out += '\n';
}

void show_list(Context& context, Call& call) {
  const auto held = held_library(context);
  const auto& lists = held->entries;
  const bool with_lines = call.arg(0) == "-n";
  const std::string_view name = call.arg(with_lines ? 1 : 0);
  if (name.empty() && with_lines) return call.error("'show ssl crt-list -n' expects a filename or a directory");
  if (name.empty()) {
    for (const auto& [file, entries] : lists) call.out += file + "\n";
    return;
  }
  const auto found = lists.find(std::string{name});
  if (found == lists.end()) return call.error("didn't find the specified filename");
  fmt::format_to(std::back_inserter(call.out), "# {}\n", name);
  for (const certificates::ListEntry& each : found->second) append_entry(call.out, each, with_lines);
}

// ---- a transaction

void open_transaction(Library& library, Call& call, const std::string& name, std::shared_ptr<const Certificate> certificate) {
  const bool is_new = !library.transaction;
  library.transaction = Library::Transaction{name, std::move(certificate)};
  call.message(Severity::Notice, fmt::format("Transaction {} for certificate {}!", is_new ? "created" : "updated", name));
}

/// "a.pem.key" is the key of "a.pem", where that is known and the longer name is not.
Certificate::Part split_part(const Library& library, std::string& name) {
  struct Kind {
    std::string_view extension;
    Certificate::Part part;
  };
  constexpr auto kKinds = std::to_array<Kind>({{".key", Certificate::Part::Key}, {".ocsp", Certificate::Part::Ocsp},
                                               {".issuer", Certificate::Part::Issuer}, {".sctl", Certificate::Part::Sctl}});
  if (library.certificates().contains(name)) return Certificate::Part::All;
  for (const Kind& each : kKinds) {
    if (!name.ends_with(each.extension)) continue;
    const std::string rest = name.substr(0, name.size() - each.extension.size());
    if (!library.certificates().contains(rest)) continue;
    name = rest;
    return each.part;
  }
  return Certificate::Part::All;
}

void set_certificate(Context& context, Call& call) {
  const auto held = held_library(context);
  Library& library = *held;
  const std::string word{call.arg(0)};
  if (word.empty() || call.payload.empty()) return call.error("'set ssl cert expects a filename and a certificate as a payload");
  std::string name = word;
  const Certificate::Part part = split_part(library, name);
  if (!library.certificates().contains(name))
    return call.error(fmt::format("Can't replace a certificate which is not referenced by the configuration!\nCan't update {}!", word));
  if (library.transaction && library.transaction->name != name)
    return call.error(fmt::format("The ongoing transaction is about '{}' but you are trying to set '{}'\nCan't update {}!",
                                  library.transaction->name, name, word));
  std::string text = call.payload;
  if (part == Certificate::Part::Ocsp || part == Certificate::Part::Sctl)
    if (auto bytes = lib::tls::decode_base64(text)) text = std::move(*bytes);
  const std::shared_ptr<const Certificate> before = library.transaction ? library.transaction->certificate : library.find(name);
  auto changed = Certificate::change(before.get(), name, part, text, now_s(), library.tuning.companions);
  if (!changed) return call.error(fmt::format("{}\nCan't load the payload\nCan't update {}!", changed.error().message, word));
  open_transaction(library, call, name, std::move(*changed));
}

void commit_certificate(Context& context, Call& call) {
  const auto held = held_library(context);
  Library& library = *held;
  const std::string name{call.arg(0)};
  if (name.empty()) return call.error("'commit ssl cert expects a filename");
  const auto refuse = [&](std::string_view why) { call.error(fmt::format("{}\nCan't commit {}!", why, name)); };
  if (!library.transaction) return refuse("No ongoing transaction! !");
  if (library.transaction->name != name)
    return refuse(fmt::format("The ongoing transaction is about '{}' but you are trying to set '{}'", library.transaction->name, name));
  if (std::string fault = library.transaction->certificate->fault(); !fault.empty()) return refuse(fault);
  std::size_t places = 0;
  std::string fault = library.replace(name, library.transaction->certificate, places);
  if (!fault.empty()) return refuse(fault);
  library.transaction.reset();
  look_again(context);
  call.out += fmt::format("Committing {}{}\nSuccess!\n", name, std::string(places, '.'));
}

void abort_certificate(Context& context, Call& call) {
  const auto held = held_library(context);
  Library& library = *held;
  if (call.arg(0).empty()) return call.error("'abort ssl cert' expects a filename");
  if (!library.transaction) return call.error("No ongoing transaction!");
  if (library.transaction->name != call.arg(0))
    return call.error(fmt::format("The ongoing transaction is about '{}' but you are trying to abort a transaction for '{}'",
                                  library.transaction->name, call.arg(0)));
  library.transaction.reset();
  call.message(Severity::Notice, fmt::format("Transaction aborted for certificate '{}'!", call.arg(0)));
}

void new_certificate(Context& context, Call& call) {
  const std::string name{call.arg(0)};
  if (name.empty()) return call.error("'new ssl cert' expects a filename");
  if (held_library(context)->certificates().contains(name)) return call.error(fmt::format("Certificate '{}' already exists!", name));
  held_library(context)->add_empty(name);
  call.message(Severity::Notice, fmt::format("New empty certificate store '{}'!", name));
}

void del_certificate(Context& context, Call& call) {
  const auto held = held_library(context);
  Library& library = *held;
  const std::string name{call.arg(0)};
  if (name.empty()) return call.error("'del ssl cert' expects a certificate name");
  if (!library.certificates().contains(name))
    return call.error(fmt::format("Can't remove the certificate: certificate '{}' doesn't exist!\n", name));
  if (library.is_used(name))
    return call.error(fmt::format("Can't remove the certificate: certificate '{}' in use, can't be deleted!\n", name));
  if (library.transaction && library.transaction->name == name) library.transaction.reset();
  library.remove(name);
  call.message(Severity::Notice, fmt::format("Certificate '{}' deleted!", name));
}

// ---- responses about the status

void show_responses(Context& context, Call& call) {
  const std::string_view wanted = call.arg(0);
  if (wanted.empty()) call.out += "# Certificate IDs\n";
  const auto held = held_library(context);
  for (const auto& [name, certificate] : held->certificates()) {
    const std::string key = certificate == nullptr ? std::string{} : lib::tls::ocsp_key(*certificate);
    if (key.empty()) continue;
    if (wanted == key) {
      call.out += lib::tls::ocsp_description(*certificate);
      return;
    }
    if (wanted.empty()) call.out += fmt::format("Certificate ID key : {}\n{}", key, lib::tls::ocsp_id_description(*certificate));
  }
  if (!wanted.empty()) call.error("Certificate ID does not match any certificate.");
}

void set_response(Context& context, Call& call) {
  const auto held = held_library(context);
  Library& library = *held;
  const std::string text = call.payload.empty() ? std::string{call.arg(0)} : call.payload;
  if (text.empty()) return call.error("'set ssl ocsp-response' expects response in base64 encoding.");
  const auto der = lib::tls::decode_base64(text);
  if (!der) return call.error("'set ssl ocsp-response' received invalid base64 encoded response.");
  std::string fault = "OCSP single response: Certificate ID does not match any certificate or issuer";
  bool is_used = false;
  std::vector<std::pair<std::string, std::shared_ptr<const Certificate>>> changed;
  for (const auto& [name, certificate] : library.certificates()) {
    if (certificate == nullptr || lib::tls::ocsp_key(*certificate).empty()) continue;
    auto made = Certificate::change(certificate.get(), name, Certificate::Part::Ocsp, *der, now_s(), library.tuning.companions);
    if (made) changed.emplace_back(name, std::move(*made));
    else if (made.error().message.find("does not match") == std::string::npos) fault = made.error().message;
  }
  for (auto& [name, certificate] : changed) {
    std::size_t places = 0;
    if (std::string why = library.replace(name, std::move(certificate), places); why.empty()) is_used = true;
    else fault = std::move(why);
  }
  if (changed.empty() && lib::tls::ocsp_problem(*der, now_s())) fault = *lib::tls::ocsp_problem(*der, now_s());
  if (!is_used) return call.error(fault + ".");
  look_again(context);
  call.message(Severity::Info, "OCSP Response updated!");
}

void show_updates(Context& context, Call& call) {
  call.out += context.updater != nullptr ? context.updater->report() : ocsp::Updater::report_head();
}

Task<void> update_response(Context& context, Call& call) {
  const std::string name{call.arg(0)};
  if (name.empty()) co_return call.error("'update ssl ocsp-response' expects a filename");
  if (context.updater == nullptr || held_library(context)->find(name) == nullptr)
    co_return call.error("'update ssl ocsp-response' : certificate not found");
  const auto status = co_await context.updater->update(name);
  if (!status) co_return call.error(fmt::format("'update ssl ocsp-response' : {}.", status.error().message));
  if (const auto certificate = held_library(context)->find(name)) call.out += lib::tls::ocsp_description(*certificate);
}

}  // namespace

std::shared_ptr<Library> held_library(Context& context) {
  const auto& known = context.process.site->config->certificates;
  return known != nullptr ? known : std::make_shared<Library>();
}

std::vector<Command> certificate_commands(Context& context) {
  std::vector<Command> commands;
  const auto add = [&](const Row& row, Plain run) { commands.push_back(bind(context, row, run)); };
  add({"show ssl cert", Level::Operator, "show ssl cert [<certfile>]", "list certificates, or tell what is in one"}, show_certificate);
  add({"show ssl crt-list", Level::Operator, "show ssl crt-list [-n] [<list>]", "list crt-lists, or what is in one"}, show_list);
  add({"show ssl ocsp-response", Level::User, "show ssl ocsp-response [id]", "list responses about certificates, or show one"}, show_responses);
  add({"dump ssl cert", Level::Admin, "dump ssl cert <certfile>", "show a certificate and its chain as PEM"}, dump_certificate);
  add({"set ssl cert", Level::Admin, "set ssl cert <certfile> <payload>", "prepare another certificate in place of one"}, set_certificate);
  add({"commit ssl cert", Level::Admin, "commit ssl cert <certfile>", "put a prepared certificate in place"}, commit_certificate);
  add({"abort ssl cert", Level::Admin, "abort ssl cert <certfile>", "forget a prepared certificate"}, abort_certificate);
  add({"new ssl cert", Level::Admin, "new ssl cert <certfile>", "make an empty place for a certificate"}, new_certificate);
  add({"del ssl cert", Level::Admin, "del ssl cert <certfile>", "forget a certificate that nobody presents"}, del_certificate);
  add({"set ssl ocsp-response", Level::Admin, "set ssl ocsp-response <resp|payload>", "put a certificate's new response in place"}, set_response);
  add({"show ssl ocsp-updates", Level::User, "show ssl ocsp-updates", "tell when responses about certificates are asked for, and how it went"}, show_updates);
  commands.push_back(bind(context, {"update ssl ocsp-response", Level::Admin, "update ssl ocsp-response <certfile>", "ask a certificate's responder now"}, update_response));
  return commands;
}

}  // namespace proxyd::cli
