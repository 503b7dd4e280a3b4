// `user`, `invitation`, `token` and `network`.

#include "app/commands/commands.hpp"
#include "app/commands/printing.hpp"
#include "app/control.hpp"
#include "base/text.hpp"

#include <boost/json/array.hpp>

#include <iostream>

namespace carillon::app {
namespace json = boost::json;
using http::Method;

Result<> show_welcome(const Context& context) {
  const json::object nothing;
  const auto answer = Control{context.data, context.remote}.call(Method::post, "/installation/link", &nothing);
  if (!answer) return std::unexpected(answer.error());
  if (context.json) {
    print_json(*answer);
    return {};
  }
  const bool first = answer->at("link").is_string();
  std::cout << text_of(*answer, first ? "link" : "studio") << "\n";
  std::cerr << (first
                    ? "Open this link in a browser: the first account becomes this server's operator. The link works once; run the command "
                      "again for a new one.\n"
                    : "This server already has accounts: sign in at this URL. Add people with: carillon user create EMAIL\n");
  return {};
}

Result<> create_user(const Context& context, const UserWish& name_options) {
  json::object document{{"email", name_options.email}};
  if (name_options.name) document["name"] = *name_options.name;
  if (name_options.role) document["role"] = *name_options.role;
  if (name_options.network) document["network"] = *name_options.network;
  const auto answer = Control{context.data, context.remote}.call(Method::post, "/people", &document);
  if (!answer) return std::unexpected(answer.error());
  if (context.json) {
    print_json(*answer);
    return {};
  }
  std::cout << text_of(*answer, "link") << "\n";
  std::cerr << "This link works once and expires at " << text_of(*answer, "link_ends") << ". " << name_options.email
            << " can set a password with it.\n";
  return {};
}

Result<> list_users(const Context& context, const std::optional<std::string>& network) {
  const auto items = Control{context.data, context.remote}.list("/people" + (network ? "?network=" + *network : std::string{}));
  if (!items) return std::unexpected(items.error());
  if (context.json) {
    print_json(*items);
    return {};
  }
  if (items->empty()) {
    std::cout << "There are no accounts yet. Start with: carillon user create EMAIL --role operator\n";
    return {};
  }
  std::vector<std::vector<std::string>> rows{{"EMAIL", "NAME", "ROLES", "DISABLED"}};
  for (const auto& item : *items) {
    const auto& person = item.as_object();
    std::string roles = person.at("operator").as_bool() ? "operator" : "";
    for (const auto& [name, role] : person.at("roles").as_object())
      roles += (roles.empty() ? "" : ", ") + std::string(name) + ": " + std::string(role.as_string());
    rows.push_back({text_of(person, "email"), text_of(person, "name"), roles, text_of(person, "disabled")});
  }
  print_table(rows);
  return {};
}

namespace {

/// Whoever has this address, among those the caller sees.
Result<json::object> person_with(const Context& context, const std::string& email, const std::optional<std::string>& network = {}) {
  const auto items = Control{context.data, context.remote}.list("/people" + (network ? "?network=" + *network : std::string{}));
  if (!items) return std::unexpected(items.error());
  const auto wanted = lower_ascii(trimmed(email));
  for (const auto& item : *items) {
    if (text_of(item.as_object(), "email") == wanted) return item.as_object();
  }
  return fail(ErrorKind::not_found, "“" + email + "” has no account. Create one with: carillon user create " + email +
                                        "; for pending invitations see: carillon "
                                        "invitation list");
}

/// One request about whoever has this address; prints the person as they are now, or `done`.
Result<> change_person(const Context& context, const std::string& email, Method method, const std::string& rest,
                       const std::optional<json::object>& document, const std::string& done) {
  const auto person = person_with(context, email);
  if (!person) return std::unexpected(person.error());
  const auto answer =
      Control{context.data, context.remote}.call(method, "/people/" + text_of(*person, "id") + rest, document ? &*document : nullptr);
  if (!answer) return std::unexpected(answer.error());
  if (context.json)
    print_json(*answer);
  else
    std::cout << done << "\n";
  return {};
}

/// Prints a link to hand over, and what is to be done with it.
Result<> print_link(const Context& context, const Result<json::object>& answer, const std::string& does) {
  if (!answer) return std::unexpected(answer.error());
  if (context.json) {
    print_json(*answer);
    return {};
  }
  std::cout << text_of(*answer, "link") << "\n";
  std::cerr << "This link works once and expires at " << text_of(*answer, "link_ends") << ". " << text_of(*answer, "email") << " " << does
            << " with it. Don't share it with anyone else.\n";
  return {};
}

}  // namespace

Result<> disable_user(const Context& context, const std::string& email, bool disabled) {
  const auto person = person_with(context, email);
  if (!person) return std::unexpected(person.error());
  if (!context.json && person->at("disabled").is_null() != disabled) {
    std::cout << email << (disabled ? "'s account is already disabled.\n" : "'s account isn't disabled.\n");
    return {};
  }
  return change_person(context, email, Method::patch, "", json::object{{"disabled", disabled}},
                       disabled ? email + "'s account is disabled: sessions, tokens and links no longer work."
                                : email + " can sign in again but needs new tokens.");
}

Result<> delete_user(const Context& context, const std::string& email) {
  return change_person(context, email, Method::del, "", {}, email + "'s account was deleted.");
}

Result<> end_user_sessions(const Context& context, const std::string& email) {
  return change_person(context, email, Method::del, "/sessions", {}, email + " was signed out everywhere. Tokens keep working.");
}

Result<> reset_user_second_factor(const Context& context, const std::string& email) {
  return change_person(context, email, Method::del, "/second-factor", {},
                       "Two-factor authentication for " + email + " was turned off, and they were signed out everywhere.");
}

Result<> set_user_role(const Context& context, const std::string& email, const std::string& role,
                       const std::optional<std::string>& network) {
  if (role == "operator" || role == "no-operator") {
    const bool becomes = role == "operator";
    return change_person(context, email, Method::patch, "", json::object{{"operator", becomes}},
                         email + (becomes ? " is now an operator of this server." : " is no longer an operator."));
  }
  const auto where = network.value_or("default");
  const auto person = person_with(context, email, context.remote ? std::optional{where} : std::nullopt);
  if (!person) return std::unexpected(person.error());
  const auto path = "/networks/" + where + "/people/" + text_of(*person, "id");
  const json::object document{{"role", role}};
  const auto answer = role == "none" ? Control{context.data, context.remote}.call(Method::del, path)
                                     : Control{context.data, context.remote}.call(Method::put, path, &document);
  if (!answer) return std::unexpected(answer.error());
  if (context.json)
    print_json(*answer);
  else
    std::cout << email
              << (role == "none" ? " no longer has a role in “" + where + "”" : " now has the role " + role + " in “" + where + "”")
              << ".\n";
  return {};
}

Result<> list_tokens(const Context& context, const std::string& email) {
  Control control{context.data, context.remote};
  json::array people;
  if (email.empty()) {
    auto everybody = control.list("/people");
    if (!everybody) return forward_error(everybody);
    people = std::move(*everybody);
  } else {
    auto person = person_with(context, email);
    if (!person) return forward_error(person);
    people.push_back(std::move(*person));
  }
  json::array found;
  std::vector<std::vector<std::string>> rows{{"ID", "USER", "NAME", "SCOPES", "LAST USED", "EXPIRES"}};
  for (const auto& person : people) {
    auto tokens = control.list("/people/" + text_of(person.as_object(), "id") + "/tokens");
    if (!tokens) return forward_error(tokens);
    for (auto& item : *tokens) {
      auto& token = item.as_object();
      token["user"] = text_of(person.as_object(), "email");
      std::string scopes;
      for (const auto& scope : token.at("scopes").as_array()) scopes += (scopes.empty() ? "" : " ") + std::string(scope.as_string());
      rows.push_back({text_of(token, "id"), text_of(token, "user"), text_of(token, "name"), scopes.empty() ? "all" : scopes,
                      text_of(token, "last_used"), text_of(token, "ends")});
      found.push_back(std::move(item));
    }
  }
  if (context.json)
    print_json(found);
  else
    print_table(rows);
  return {};
}

Result<> remove_token(const Context& context, const std::string& email, const std::string& id) {
  std::string path = "/tokens/" + id;
  if (!email.empty()) {
    const auto person = person_with(context, email);
    if (!person) return std::unexpected(person.error());
    path = "/people/" + text_of(*person, "id") + path;
  }
  const auto answer = Control{context.data, context.remote}.call(Method::del, path);
  if (!answer) return std::unexpected(answer.error());
  if (context.json)
    print_json(*answer);
  else
    std::cout << "The token " << id << " was revoked.\n";
  return {};
}

Result<> make_user_link(const Context& context, const std::string& email) {
  const auto person = person_with(context, email);
  if (!person) return std::unexpected(person.error());
  const json::object nothing;
  return print_link(context,
                    Control{context.data, context.remote}.call(Method::post, "/people/" + text_of(*person, "id") + "/link", &nothing),
                    "can set a password");
}

Result<> list_invitations(const Context& context, const std::optional<std::string>& network) {
  Control control{context.data, context.remote};
  std::vector<std::string> networks;
  if (network) {
    networks.push_back(*network);
  } else {
    const auto all = control.list("/networks");
    if (!all) return std::unexpected(all.error());
    for (const auto& one : *all) networks.push_back(text_of(one.as_object(), "slug"));
  }
  json::array found;
  for (const auto& one : networks) {
    auto items = control.list("/invitations?network=" + one);
    if (!items) return std::unexpected(items.error());
    for (auto& item : *items) found.push_back(std::move(item));
  }
  if (context.json) {
    print_json(found);
    return {};
  }
  if (found.empty()) {
    std::cout << "No pending invitations.\n";
    return {};
  }
  std::vector<std::vector<std::string>> rows{{"ID", "EMAIL", "NETWORK", "ROLE", "EXPIRES"}};
  for (const auto& item : found) {
    const auto& one = item.as_object();
    rows.push_back({text_of(one, "id"), text_of(one, "email"), text_of(one, "network"), text_of(one, "role"), text_of(one, "ends")});
  }
  print_table(rows);
  return {};
}

Result<> make_invitation_link(const Context& context, const std::string& id) {
  const json::object nothing;
  return print_link(context, Control{context.data, context.remote}.call(Method::post, "/invitations/" + id + "/link", &nothing),
                    "can accept the invitation");
}

Result<> create_token(const Context& context, const TokenWish& name_options) {
  json::object document{{"user", name_options.user},
                        {"name", name_options.name},
                        {"scopes", json::array(name_options.scopes.begin(), name_options.scopes.end())}};
  if (name_options.ends) document["ends"] = *name_options.ends;
  const auto answer = Control{context.data, context.remote}.call(Method::post, "/tokens", &document);
  if (!answer) return std::unexpected(answer.error());
  if (context.json) {
    print_json(*answer);
    return {};
  }
  std::cout << text_of(*answer, "token") << "\n";
  std::cerr << "The token is shown only once. Use it as: carillon --server URL --token TOKEN …, or as “Authorization: Bearer TOKEN”.\n";
  return {};
}

Result<> create_network(const Context& context, const std::string& slug, const std::string& name) {
  const json::object document{{"slug", slug}, {"name", name}};
  const auto answer = Control{context.data, context.remote}.call(Method::post, "/networks", &document);
  if (!answer) return std::unexpected(answer.error());
  if (context.json)
    print_json(*answer);
  else
    std::cout << "The network “" << slug << "” was created. Add its first owner: carillon user create EMAIL --role owner --network " << slug
              << "\n";
  return {};
}

Result<> list_networks(const Context& context) {
  const auto items = Control{context.data, context.remote}.list("/networks");
  if (!items) return std::unexpected(items.error());
  if (context.json) {
    print_json(*items);
    return {};
  }
  std::vector<std::vector<std::string>> rows{{"NETWORK", "NAME", "SUSPENDED"}};
  for (const auto& item : *items) {
    const auto& network = item.as_object();
    rows.push_back(
        {text_of(network, "slug"), text_of(network, "name"), network.at("suspended").is_null() ? "" : text_of(network, "suspended")});
  }
  print_table(rows);
  return {};
}

namespace {

/// Takes down or, without a reason, serves again what lies at `path` of the API.
Result<> suspend(const Context& context, const std::string& path, const std::string& what, const std::optional<std::string>& reason) {
  const json::object document = reason ? json::object{{"reason", *reason}} : json::object{};
  const auto answer = Control{context.data, context.remote}.call(Method::post, path + (reason ? "/suspend" : "/resume"), &document);
  if (!answer) return std::unexpected(answer.error());
  if (context.json)
    print_json(*answer);
  else
    std::cout << what << " is " << (reason ? "suspended: feeds, pages and media return 451.\n" : "available again.\n");
  return {};
}

}  // namespace

Result<> suspend_network(const Context& context, const std::string& slug, const std::optional<std::string>& reason) {
  return suspend(context, "/networks/" + slug, "The network “" + slug + "”", reason);
}

Result<> suspend_show(const Context& context, const std::string& slug, const std::optional<std::string>& reason) {
  return suspend(context, "/shows/" + slug, "The show “" + slug + "”", reason);
}

Result<> print_audit(const Context& context, const std::optional<std::string>& network) {
  auto answer =
      Control{context.data, context.remote}.call(Method::get, "/audit?limit=200" + (network ? "&network=" + *network : std::string{}));
  if (!answer) return forward_error(answer);
  const auto& items = answer->at("items").as_array();
  if (context.json) {
    print_json(items);
    return {};
  }
  std::vector<std::vector<std::string>> rows{{"AT", "WHO", "FROM", "ACT", "SUBJECT"}};
  for (const auto& item : items) {
    const auto& line = item.as_object();
    rows.push_back(
        {text_of(line, "at"), text_of(line, "actor"), text_of(line, "address_prefix"), text_of(line, "act"), text_of(line, "subject")});
  }
  print_table(rows);
  return {};
}

}  // namespace carillon::app
