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
  std::cerr
      << (first ? "Open it in a browser: the first person becomes this server's operator. It works once; asking again makes a new one.\n"
                : "There is somebody already: sign in there. Let in others with: carillon user create EMAIL\n");
  return {};
}

Result<> create_user(const Context& context, const UserWish& wish) {
  json::object document{{"email", wish.email}};
  if (wish.name) document["name"] = *wish.name;
  if (wish.role) document["role"] = *wish.role;
  if (wish.network) document["network"] = *wish.network;
  const auto answer = Control{context.data, context.remote}.call(Method::post, "/people", &document);
  if (!answer) return std::unexpected(answer.error());
  if (context.json) {
    print_json(*answer);
    return {};
  }
  std::cout << text_of(*answer, "link") << "\n";
  std::cerr << "This link works once, until " << text_of(*answer, "link_ends") << ": " << wish.email << " sets a password with it.\n";
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
    std::cout << "There is nobody yet. Begin with: carillon user create EMAIL --role operator\n";
    return {};
  }
  std::vector<std::vector<std::string>> rows{{"EMAIL", "NAME", "ROLES"}};
  for (const auto& item : *items) {
    const auto& person = item.as_object();
    std::string roles = person.at("operator").as_bool() ? "operator" : "";
    for (const auto& [name, role] : person.at("roles").as_object())
      roles += (roles.empty() ? "" : ", ") + std::string(name) + ": " + std::string(role.as_string());
    rows.push_back({text_of(person, "email"), text_of(person, "name"), roles});
  }
  print_table(rows);
  return {};
}

namespace {

/// Prints a link to hand over, and what is to be done with it.
Result<> print_link(const Context& context, const Result<json::object>& answer, const std::string& does) {
  if (!answer) return std::unexpected(answer.error());
  if (context.json) {
    print_json(*answer);
    return {};
  }
  std::cout << text_of(*answer, "link") << "\n";
  std::cerr << "This link works once, until " << text_of(*answer, "link_ends") << ": " << text_of(*answer, "email") << " " << does
            << " with it. Give it to nobody else.\n";
  return {};
}

}  // namespace

Result<> make_user_link(const Context& context, const std::string& email) {
  Control control{context.data, context.remote};
  const auto people = control.list("/people");
  if (!people) return std::unexpected(people.error());
  const auto wanted = lower_ascii(email);
  for (const auto& item : *people) {
    const auto& person = item.as_object();
    if (text_of(person, "email") != wanted) continue;
    const json::object nothing;
    return print_link(context, control.call(Method::post, "/people/" + text_of(person, "id") + "/link", &nothing), "sets a password");
  }
  return fail(ErrorKind::not_found, "“" + email +
                                        "” has no account. Make one with: carillon user create EMAIL; for an open invitation see: carillon "
                                        "invitation list");
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
    std::cout << "No open invitations.\n";
    return {};
  }
  std::vector<std::vector<std::string>> rows{{"ID", "EMAIL", "NETWORK", "ROLE", "ENDS"}};
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
                    "accepts the invitation");
}

Result<> create_token(const Context& context, const TokenWish& wish) {
  json::object document{{"user", wish.user}, {"name", wish.name}, {"scopes", json::array(wish.scopes.begin(), wish.scopes.end())}};
  if (wish.ends) document["ends"] = *wish.ends;
  const auto answer = Control{context.data, context.remote}.call(Method::post, "/tokens", &document);
  if (!answer) return std::unexpected(answer.error());
  if (context.json) {
    print_json(*answer);
    return {};
  }
  std::cout << text_of(*answer, "token") << "\n";
  std::cerr << "It is shown this once. Use it as: carillon --server URL --token TOKEN …, or as “Authorization: Bearer TOKEN”.\n";
  return {};
}

Result<> create_network(const Context& context, const std::string& slug, const std::string& name) {
  const json::object document{{"slug", slug}, {"name", name}};
  const auto answer = Control{context.data, context.remote}.call(Method::post, "/networks", &document);
  if (!answer) return std::unexpected(answer.error());
  if (context.json)
    print_json(*answer);
  else
    std::cout << "The network “" << slug << "” is there. Its first owner: carillon user create EMAIL --role owner --network " << slug
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
    std::cout << what << " is " << (reason ? "suspended: feeds, pages and media answer 451.\n" : "served again.\n");
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
  if (!answer) return passed_on(answer);
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
