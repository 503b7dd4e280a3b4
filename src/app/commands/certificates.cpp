// carillon cert …

#include "app/commands/commands.hpp"
#include "app/commands/printing.hpp"
#include "app/commands/secret_input.hpp"
#include "app/control.hpp"
#include "base/encoding.hpp"
#include "base/foreign/small_file.hpp"
#include "base/spoken_time.hpp"
#include "base/time.hpp"
#include "certs/serving/rsa_mark.hpp"
#include "certs/watch/watch.hpp"
#include "crypto/files/certificate_file.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <fstream>
#include <iostream>

namespace carillon::app {
namespace json = boost::json;
using http::Method;

namespace {

std::string until_text(const std::string& not_after) {
  const auto end = parse_rfc3339(not_after);
  if (!end) return "–";
  const auto left = std::chrono::floor<Duration>(*end - SystemClock{}.now());
  return left < Duration{} ? "expired" : span_text(left);
}

/// A certificate file for JSON: unchanged if it's plain text, otherwise base64.
Result<std::string> file_as_text(const std::string& path) {
  auto bytes = read_small_file(path, ByteCount{crypto::kLargestCertificateFile});
  if (!bytes) return bytes;
  const bool plain = std::ranges::all_of(*bytes, [](char c) { return c == '\t' || c == '\n' || c == '\r' || (c >= ' ' && c <= '~'); });
  return plain ? std::move(*bytes) : to_base64(std::as_bytes(std::span{*bytes}));
}

std::string or_dash(const std::string& text) { return text.empty() ? "–" : text; }

/// "2026-11-24 08:42": in a table the seconds are noise.
std::string short_time(std::string text) {
  if (text.size() < 16) return or_dash(text);
  text.resize(16);
  text[10] = ' ';
  return text;
}

std::string seen_text(const json::object& certificate) {
  const auto* seen = certificate.if_contains("last_seen");
  if (!seen || !seen->is_array() || seen->as_array().empty()) return "not yet";
  std::string text;
  for (const auto& one : seen->as_array()) {
    const auto& sighting = one.as_object();
    const bool well = text_of(sighting, "problem").empty();
    const bool of_group = !text_of(certificate, "group").empty();
    text += (text.empty() ? "" : ", ") + (of_group ? text_of(sighting, "name") + " at " : "") + text_of(sighting, "address") +
            (well ? "" : " (!)");
  }
  return text;
}

std::string spare_text(const json::object& certificate) {
  const auto* spare = certificate.if_contains("spare");
  if (!spare || !spare->is_object()) return "–";
  const auto ends = text_of(spare->as_object(), "not_after");
  return "from " + text_of(spare->as_object(), "issuer") + ", until " + ends + " (" + until_text(ends) + ")";
}

/// "" for a single name.
std::string names_text(const json::object& certificate) {
  const auto* names = certificate.if_contains("names");
  if (text_of(certificate, "group").empty() || !names || !names->is_array()) return {};
  std::string text;
  for (const auto& name : names->as_array()) text += (text.empty() ? "" : ", ") + std::string(name.as_string());
  return text;
}

/// Names that the next order doesn't include, with the reason; "" if there are none.
std::string left_out_text(const json::object& certificate) {
  const auto* all = certificate.if_contains("left_out");
  if (!all || !all->is_array()) return {};
  std::string text;
  for (const auto& one : all->as_array()) {
    const auto& name = one.as_object();
    text += (text.empty() ? "" : "; ") + text_of(name, "name") + " since " + text_of(name, "since") + ": " + text_of(name, "problem");
  }
  return text;
}

/// "" if nothing is known.
std::string revocation_text(const json::object& certificate) {
  const auto* known = certificate.if_contains("revocation");
  if (!known || !known->is_object()) return {};
  const auto& state = known->as_object();
  const auto status = text_of(state, "status"), since = text_of(state, "unanswered_since");
  std::string text = status == "unchecked" ? "not checked, because the certificate names neither a CRL nor an OCSP responder" : status;
  if (status == "revoked") {
    text += " on " + text_of(state, "revoked_at");
    if (const auto reason = text_of(state, "reason"); !reason.empty()) text += " (" + reason + ")";
  }
  if (const auto at = text_of(state, "known"); status != "unchecked" && !at.empty())
    text += ", as of " + at + ", according to " + text_of(state, "source");
  if (!since.empty()) text += "; no answer since " + since + ": " + text_of(state, "problem");
  return text;
}

std::string path_of(const std::string& name) { return "/certificates/" + percent_encoded(name); }

/// What is written like a watch in lists is one; everything else is a name that is managed.
std::string path_to_show(const std::string& name, const std::string& part = {}) {
  return (certs::watch_reference(name) ? "/watches/" + percent_encoded(name) : path_of(name)) + part;
}

/// Other watches of the endpoint that is watched now, and how to remove them; "" if there are none.
std::string others_text(const json::object& answer) {
  const auto* others = answer.if_contains("others");
  if (!others || !others->is_array()) return {};
  std::string text;
  for (const auto& item : others->as_array()) {
    const auto& one = item.as_object();
    auto watch = certs::watch_reference(text_of(one, "name"));
    const auto word = text_of(one, "starttls");
    if (!watch) continue;
    watch->target.starttls = certs::starttls_chosen(word, watch->target.port).value_or(certs::StartTls::none);
    text += "This endpoint is also watched " +
            (word == "none" ? std::string("with TLS from the first byte") : "with STARTTLS (" + word + ")") +
            ". If that's wrong: carillon cert unwatch " + certs::watch_arguments(watch->target) + "\n";
  }
  return text;
}

void print_certificate(const Context& context, const json::object& certificate) {
  if (context.json) return print_json(certificate);
  const auto problem = text_of(certificate, "problem");
  const bool is_watched = certificate.contains("watched");
  print_pairs(
      {{"Name", text_of(certificate, "group").empty() ? text_of(certificate, "name") : ""},
       {"Group", text_of(certificate, "group")},
       {"Names", names_text(certificate)},
       {"RSA certificate", text_of(certificate, "rsa_name").empty() ? "" : "see carillon cert show " + text_of(certificate, "rsa_name")},
       {"Left out", left_out_text(certificate)},
       {"STARTTLS", text_of(certificate, "starttls") == "none" ? "" : text_of(certificate, "starttls")},
       {"State", text_of(certificate, "state")},
       {"Issuer", text_of(certificate, "issuer")},
       {"Serial", text_of(certificate, "serial")},
       {"Expires", text_of(certificate, "not_after").empty()
                       ? ""
                       : text_of(certificate, "not_after") + " (" + until_text(text_of(certificate, "not_after")) + ")"},
       {"Next step", text_of(certificate, "next_step") +
                         (text_of(certificate, "next_step_at").empty() ? ", manually" : " at " + text_of(certificate, "next_step_at"))},
       {"Steward", or_dash(text_of(certificate, "steward"))},
       {"Deputy", or_dash(text_of(certificate, "deputy"))},
       {"Spare", spare_text(certificate)},
       {"Revocation", revocation_text(certificate)},
       {"Checked addresses", seen_text(certificate)},
       {"Last error", text_of(certificate, "last_error")},
       {"Problem", is_watched ? problem : ""}});
  if (!is_watched && !problem.empty()) {
    const auto name = text_of(certificate, "name");
    std::cout << "\n"
              << problem << "\n"
              << "Add a CA under [[certificates.issuers]] in the configuration and restart the server, or get a certificate manually: "
                 "carillon cert csr "
              << name << "\n";
  }
  const auto* seen = certificate.if_contains("last_seen");
  if (!seen || !seen->is_array()) return;
  for (const auto& one : seen->as_array()) {
    if (const auto why = text_of(one.as_object(), "problem"); !why.empty()) std::cout << "  ! " << why << "\n";
    if (const auto remark = text_of(one.as_object(), "remark"); !remark.empty())
      std::cout << "  " << text_of(one.as_object(), "address") << ": " << remark << "\n";
  }
}

Result<> print_answer(const Context& context, const Result<json::object>& answer) {
  if (!answer) return std::unexpected(answer.error());
  print_certificate(context, *answer);
  return {};
}

}  // namespace

Result<> list_certificates(const Context& context) {
  const auto answer = Control{context.data, context.remote}.call(Method::get, "/certificates");
  if (!answer) return std::unexpected(answer.error());
  const auto& items = answer->at("items").as_array();
  if (context.json) {
    print_json(items);
    return {};
  }
  if (items.empty()) {
    std::cout
        << "No certificates are managed here yet. Start with: carillon cert add NAME, or find existing ones: carillon cert scan TARGET\n";
    return {};
  }
  std::vector<std::vector<std::string>> rows{{"NAME", "STATE", "ISSUER", "LEFT", "NEXT STEP", "AT", "STEWARD", "CHECKED ADDRESSES"}};
  for (const auto& item : items) {
    const auto& one = item.as_object();
    rows.push_back({text_of(one, "name"), text_of(one, "state"), or_dash(text_of(one, "issuer")), until_text(text_of(one, "not_after")),
                    text_of(one, "next_step"), short_time(text_of(one, "next_step_at")), or_dash(text_of(one, "steward")), seen_text(one)});
  }
  print_table(rows);
  return {};
}

Result<> export_certificate_list(const Context& context) {
  const auto answer = Control{context.data, context.remote}.call(Method::get, "/certificates");
  if (!answer) return std::unexpected(answer.error());
  // RFC 4180; what begins like a formula is quoted as text, since spreadsheets run it.
  const auto cell = [](std::string text) {
    if (!text.empty() && std::string_view("=+-@").contains(text.front())) text.insert(text.begin(), '\'');
    std::string quoted = "\"";
    for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + "\"";
  };
  std::cout << "name,issuer,state,not_after,next_step,next_step_at,steward,deputy,seen_at\r\n";
  for (const auto& item : answer->at("items").as_array()) {
    const auto& one = item.as_object();
    std::string line;
    for (const auto* field : {"name", "issuer", "state", "not_after", "next_step", "next_step_at", "steward", "deputy"})
      line += cell(text_of(one, field)) + ",";
    std::cout << line << cell(seen_text(one)) << "\r\n";
  }
  return {};
}

Result<> print_certificate(const Context& context, const std::string& name) {
  return print_answer(context, Control{context.data, context.remote}.call(Method::get, path_to_show(name)));
}

Result<> add_certificate(const Context& context, const CertificateWish& name_options) {
  json::object document{{"name", name_options.name}};
  if (name_options.issuer) document["issuer"] = *name_options.issuer;
  if (name_options.steward) document["steward"] = *name_options.steward;
  if (name_options.deputy) document["deputy"] = *name_options.deputy;
  if (name_options.port) document["port"] = *name_options.port;
  return print_answer(context, Control{context.data, context.remote}.call(Method::post, "/certificates", &document));
}

Result<> renew_certificate(const Context& context, const std::string& name) {
  const auto answer = Control{context.data, context.remote}.call(Method::post, path_of(name) + "/renew");
  if (!answer) return std::unexpected(answer.error());
  if (context.json)
    print_json(*answer);
  else
    std::cout << "The renewal for " << name << " is starting. Follow it with: carillon cert history " << name << "\n";
  return {};
}

Result<> roll_over_account(const Context& context, const std::string& issuer) {
  const auto answer = Control{context.data, context.remote}.call(Method::post, "/issuers/" + percent_encoded(issuer) + "/rollover");
  if (!answer) return std::unexpected(answer.error());
  if (context.json)
    print_json(*answer);
  else
    std::cout << "The account with “" << issuer << "” has a new key: " << text_of(*answer, "account") << "\n"
              << "Older backups contain only the previous key. Make a new one: carillon backup DIR\n";
  return {};
}

Result<> use_spare(const Context& context, const std::string& name) {
  const auto answer = Control{context.data, context.remote}.call(Method::post, path_of(name) + "/use-spare");
  if (!answer) return std::unexpected(answer.error());
  if (context.json)
    print_json(*answer);
  else
    std::cout << "The spare certificate for " << name << " is being installed. Follow it with: carillon cert history " << name << "\n";
  return {};
}

Result<> remove_certificate(const Context& context, const std::string& name) {
  Control control{context.data, context.remote};
  // The files of a certificate with an RSA key belong to the exports of its host.
  const auto before = control.call(Method::get, path_of(std::string(certs::without_rsa_mark(name))));
  const auto answer = control.call(Method::del, path_of(name));
  if (!answer) return std::unexpected(answer.error());
  if (context.json) return {};
  std::cout << name << " is no longer managed: its certificate won't be renewed here.\n";
  if (const auto* exports = before ? before->if_contains("exports") : nullptr; exports != nullptr && exports->is_array()) {
    for (const auto& one : exports->as_array())
      std::cout << "Its files in " << text_of(one.as_object(), "folder")
                << " stay there, but they aren't renewed any more. If a server uses them, change its configuration before they expire.\n";
  }
  return {};
}

Result<> print_history(const Context& context, const std::string& name) {
  const auto answer = Control{context.data, context.remote}.call(Method::get, path_to_show(name, "/history"));
  if (!answer) return std::unexpected(answer.error());
  const auto& items = answer->at("items").as_array();
  if (context.json) {
    print_json(items);
    return {};
  }
  std::vector<std::vector<std::string>> rows{{"AT", "STEP", "ISSUER", "DETAIL"}};
  for (const auto& item : items) {
    const auto& line = item.as_object();
    auto at = text_of(line, "at");
    at.resize(std::min<std::size_t>(at.size(), 19));
    rows.push_back({at, text_of(line, "step"), or_dash(text_of(line, "issuer")), text_of(line, "detail")});
  }
  print_table(rows);
  return {};
}

Result<> make_signing_request(const Context& context, const std::string& name, const std::optional<std::string>& out) {
  const auto answer = Control{context.data, context.remote}.call(Method::post, path_of(name) + "/csr");
  if (!answer) return std::unexpected(answer.error());
  if (context.json) {
    print_json(*answer);
    return {};
  }
  const auto request = lines_of(*answer, "request");
  if (out) {
    if (auto written = write_file(*out, request, 0644); !written) return written;
  } else {
    std::cout << request;
  }
  std::cerr << "\nA key for " << name << " was created here and stays on this server. Next steps:\n"
            << "  1. Give " << (out ? "the file " + *out : std::string("the text above"))
            << " to your CA as the certificate signing request (CSR).\n"
            << "  2. The CA asks you to prove that you control " << name
            << ", then sends a certificate, often with an intermediate certificate.\n"
            << "  3. Save both in one PEM file and import it:\n"
            << "       carillon cert import " << name << " --cert FILE\n"
            << "     Carillon checks it, installs it right away and verifies it from outside. If a check fails, the old certificate stays "
               "active.\n";
  return {};
}

Result<> import_certificate(const Context& context, const ImportWish& wish) {
  const auto& name = wish.name;
  auto chain = file_as_text(wish.certificate);
  if (!chain) return forward_error(chain);
  json::object document{{"certificate", *chain}};
  if (wish.key) {
    auto key = file_as_text(*wish.key);
    if (!key) return forward_error(key);
    document["key"] = *key;
  }
  if (wish.passphrase_file) {
    auto passphrase = read_passphrase(*wish.passphrase_file);
    if (!passphrase) return forward_error(passphrase);
    document["passphrase"] = *passphrase;
  }
  const auto send = [&] { return Control{context.data, context.remote}.exchange(Method::post, path_of(name) + "/import", &document); };
  auto answer = send();
  if (answer && text_of(answer->document, "field") == "passphrase" && !wish.passphrase_file) {
    std::cerr << text_of(answer->document, "detail") << "\n";
    auto passphrase = ask_passphrase();
    if (!passphrase) return forward_error(passphrase);
    document["passphrase"] = *passphrase;
    answer = send();
  }
  if (!answer) return std::unexpected(answer.error());
  const auto* checks = answer->document.if_contains("checks");
  if (!checks) return std::unexpected(Control::error_of(*answer));
  if (context.json) {
    print_json(answer->document);
  } else {
    for (const auto& item : checks->as_array()) {
      const auto& check = item.as_object();
      const bool passed = check.at("passed").as_bool();
      std::cout << (passed ? "ok    " : "wrong ") << text_of(check, "what") << ".\n";
      if (!passed) std::cout << "      → " << text_of(check, "advice") << "\n";
    }
  }
  if (answer->status != 200) return fail(ErrorKind::invalid, "The certificate for " + name + " was rejected; nothing was changed.");
  if (context.json) return {};
  const auto* serial = answer->document.if_contains("serial");
  const auto served = Control{context.data, context.remote}.call(Method::get, path_of(name));
  const bool waits = served && serial && serial->is_string() && text_of(*served, "serial") != serial->as_string();
  std::cout << (waits ? "It is stored and will be installed once it's valid. Check with: carillon cert show "
                      : "It is in use. See where it has been verified: carillon cert show ")
            << name << "\n";
  return {};
}

Result<> watch_endpoint(const Context& context, const WatchWish& name_options) {
  json::object document{{"target", name_options.target}};
  if (name_options.starttls) document["starttls"] = *name_options.starttls;
  if (name_options.name) document["name"] = *name_options.name;
  if (!name_options.accept.empty()) document["accept"] = json::array(name_options.accept.begin(), name_options.accept.end());
  if (name_options.steward) document["steward"] = *name_options.steward;
  if (name_options.deputy) document["deputy"] = *name_options.deputy;
  const auto answer = Control{context.data, context.remote}.call(Method::post, "/watches", &document);
  if (!answer) return std::unexpected(answer.error());
  if (context.json)
    print_json(*answer);
  else
    std::cout << text_of(*answer, "target") << (text_of(*answer, "starttls") == "none" ? "" : " (" + text_of(*answer, "starttls") + ")")
              << " is now being watched; "
              << (text_of(*answer, "steward").empty() ? std::string("no one is responsible for it yet: set a steward with --steward")
                                                      : text_of(*answer, "steward") + " will be notified if something is wrong")
              << ".\n"
              << others_text(*answer);
  return {};
}

Result<> unwatch_endpoint(const Context& context, const WatchWish& name_options) {
  const auto& target = name_options.target;
  std::string query;
  if (name_options.starttls) query += "?starttls=" + *name_options.starttls;
  if (name_options.name) query += (query.empty() ? "?name=" : "&name=") + percent_encoded(*name_options.name);
  const auto answer = Control{context.data, context.remote}.call(Method::del, "/watches/" + percent_encoded(target) + query);
  if (!answer) return std::unexpected(answer.error());
  if (!context.json) std::cout << target << " is no longer watched.\n";
  return {};
}

Result<> print_calendar_address(const Context& context) {
  const auto answer = Control{context.data, context.remote}.call(Method::get, "/calendar");
  if (!answer) return std::unexpected(answer.error());
  if (context.json)
    print_json(*answer);
  else
    std::cout << "Subscribe to this URL in a calendar app. Anyone who has it can see every renewal and expiry:\n  "
              << text_of(*answer, "address") << "\n";
  return {};
}

}  // namespace carillon::app
