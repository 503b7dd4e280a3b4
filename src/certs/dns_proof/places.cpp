// See places.hpp.

#include "certs/dns_proof/places.hpp"

#include <algorithm>

namespace carillon::certs {
namespace {

/// RFC 1034 §3.6.2 recommends short chains; CAs follow about ten aliases.
constexpr int kLongestChain = 10;
/// In practice, a zone has at most 13 servers; no more are asked.
constexpr std::size_t kMaxServers = 16;
/// A server that fails to answer within this time twice counts as silent.
constexpr std::chrono::milliseconds kServerTimeout{2'000};

std::string shown(const NameServer& server, const dns::ServerAddress& address) {
  return server.name.empty() ? text_of(address) : server.name + " (" + text_of(address) + ")";
}

}  // namespace

Result<std::string> behind_aliases(dns::Resolver& resolver, const std::string& record) {
  auto name = record;
  for (int step = 0; step < kLongestChain; ++step) {
    auto target = resolver.alias(name);
    if (!target && target.error().kind == ErrorKind::not_found) return name;
    if (!target) return target;
    name = std::move(*target);
  }
  return fail(ErrorKind::invalid, record + " is an alias (CNAME) that leads through more than " + std::to_string(kLongestChain) +
                                      " others; check its records.");
}

Result<std::vector<NameServer>> authoritative_servers(dns::Resolver& resolver, const std::string& record,
                                                      const std::optional<dns::ServerAddress>& primary) {
  std::string zone = record;
  auto names = resolver.name_servers(zone);
  while (!names && names.error().kind == ErrorKind::not_found && zone.contains('.')) {
    zone = zone.substr(zone.find('.') + 1);
    names = resolver.name_servers(zone);
  }
  if (!names) return fail(names.error().kind, "The name servers for " + record + " can't be found: " + names.error().message);
  std::ranges::sort(*names);
  if (names->size() > kMaxServers) names->resize(kMaxServers);
  std::vector<NameServer> servers;
  for (auto& name : *names) {
    NameServer server{.name = std::move(name), .addresses = {}};
    // A server without an address is reported as silent later.
    for (auto& address : resolver.addresses(server.name).value_or(std::vector<std::string>{})) {
      const bool is_primary = primary && primary->address == address;
      server.addresses.push_back({.address = std::move(address), .port = is_primary ? primary->port : dns::kDnsPort});
    }
    servers.push_back(std::move(server));
  }
  return servers;
}

TextsAt texts_at_servers() {
  return [](const dns::ServerAddress& server, const std::string& name) -> Result<std::vector<std::string>> {
    auto resolver = dns::make_resolver({text_of(server)}, kServerTimeout);
    if (!resolver) return forward_error(resolver);
    return (*resolver)->txt(name);
  };
}

Spread spread_of(const TextsAt& texts_at, const std::vector<NameServer>& servers, const std::string& record, const std::string& value) {
  Spread spread;
  for (const auto& server : servers) {
    std::string silence = server.addresses.empty() ? server.name + " has no address" : "";
    bool answered = false;
    for (const auto& address : server.addresses) {
      const auto texts = texts_at(address, record);
      if (!texts && texts.error().kind != ErrorKind::not_found) {
        silence = shown(server, address) + " doesn't answer";
        continue;
      }
      answered = true;
      if (!texts || std::ranges::find(*texts, value) == texts->end())
        spread.lacks.push_back(shown(server, address) + (texts ? " has only other TXT records" : " doesn't have it"));
      break;
    }
    if (!answered) spread.silent.push_back(std::move(silence));
  }
  return spread;
}

}  // namespace carillon::certs
