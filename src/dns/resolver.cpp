// See resolver.hpp.

#include "dns/resolver.hpp"

#include "base/file.hpp"
#include "base/ip/address.hpp"
#include "base/text.hpp"
#include "dns/exchange_impl.hpp"
#include "dns/this_machine.hpp"

#include <arpa/inet.h>
#include <netdb.h>

#include <algorithm>
#include <array>

namespace carillon::dns {
namespace {

using Milliseconds = std::chrono::milliseconds;

constexpr const char* kSystemConfiguration = "/etc/resolv.conf";
constexpr const char* kHostsFile = "/etc/hosts";
/// resolv.conf(5): more are not asked.
constexpr std::size_t kMaxSystemServers = 3;
/// A chain of aliases longer than this is a loop or a mistake.
constexpr std::size_t kLongestChain = 16;

struct FreeAddresses {
  void operator()(addrinfo* list) const noexcept { ::freeaddrinfo(list); }
};

bool is_address(const std::string& text) { return IpAddress::parse(text).has_value(); }

/// The servers of this machine; read each time, for networks change under a running program.
std::vector<ServerAddress> system_servers() {
  std::vector<ServerAddress> servers;
  const auto content = read_file(kSystemConfiguration);
  for (const auto line : split(content ? std::string_view{*content} : std::string_view{}, '\n')) {
    constexpr std::string_view kKeyword = "nameserver";
    if (!line.starts_with(kKeyword) || servers.size() == kMaxSystemServers) continue;
    std::string address{trimmed(line.substr(kKeyword.size()))};
    if (is_address(address)) servers.push_back({.address = std::move(address)});
  }
  if (servers.empty()) servers.push_back({.address = "127.0.0.1"});  // resolv.conf(5)
  return servers;
}

/// What one record is about, its RDATA as on the wire.
std::string rdata_of(const ldns_rr* record) {
  std::string bytes;
  for (std::size_t i = 0; i < ldns_rr_rd_count(record); ++i) bytes += as_view(ldns_rr_rdf(record, i));
  return bytes;
}

/// RDATA of the records of `type` at `name` or at the end of its chain of aliases.
std::vector<std::string> records_in(const ldns_pkt* answer, const ldns_rdf* name, ldns_rr_type type) {
  const auto* section = ldns_pkt_answer(answer);
  const auto count = ldns_rr_list_rr_count(section);
  const auto* owner = name;
  for (std::size_t step = 0; step < kLongestChain; ++step) {
    std::vector<std::string> found;
    const ldns_rdf* alias = nullptr;
    for (std::size_t i = 0; i < count; ++i) {
      const auto* record = ldns_rr_list_rr(section, i);
      if (ldns_dname_compare(ldns_rr_owner(record), owner) != 0) continue;
      if (ldns_rr_get_type(record) == type) found.push_back(rdata_of(record));
      if (ldns_rr_get_type(record) == LDNS_RR_TYPE_CNAME) alias = ldns_rr_rdf(record, 0);
    }
    if (!found.empty() || alias == nullptr) return found;
    owner = alias;
  }
  return {};
}

std::string name_of(ldns_rr_type type) {
  switch (type) {
    case LDNS_RR_TYPE_A:
      return "A";
    case LDNS_RR_TYPE_AAAA:
      return "AAAA";
    case LDNS_RR_TYPE_CAA:
      return "CAA";
    case LDNS_RR_TYPE_CNAME:
      return "CNAME";
    case LDNS_RR_TYPE_NS:
      return "NS";
    default:
      return "TXT";
  }
}

class LdnsResolver final : public Resolver {
 public:
  LdnsResolver(std::vector<ServerAddress> servers, Milliseconds timeout) : servers_{std::move(servers)}, timeout_{timeout} {}

  Result<std::vector<std::string>> addresses(const std::string& given) override {
    if (is_address(given)) return std::vector{given};
    const auto name = checked_name(given);
    if (!name) return std::unexpected(name.error());
    if (is_this_machine(*name)) return loopback_addresses(read_file(kHostsFile).value_or(""));
    if (servers_.empty()) return system_addresses(*name);
    auto found = address_records(*name, LDNS_RR_TYPE_A, AF_INET);
    auto newer = address_records(*name, LDNS_RR_TYPE_AAAA, AF_INET6);
    if (found && newer) found->insert(found->end(), newer->begin(), newer->end());
    if (found) return found;
    if (newer) return newer;
    return found.error().kind == ErrorKind::not_found ? newer : found;  // silence says less than "there is none": it may be there
  }

  Result<std::vector<CaaRecord>> caa(const std::string& given) override {
    std::string_view asked{given};
    if (asked.starts_with("*.")) asked.remove_prefix(2);
    if (is_address(std::string(asked))) return std::vector<CaaRecord>{};
    const auto name = checked_name(asked);
    if (!name) return std::unexpected(name.error());
    for (std::string_view rest = *name; !rest.empty();) {
      const auto records = ask(std::string(rest), LDNS_RR_TYPE_CAA);
      if (!records && records.error().kind != ErrorKind::not_found) return std::unexpected(records.error());
      if (records) return parsed(std::string(rest), *records);
      const auto dot = rest.find('.');
      rest = dot == std::string_view::npos ? std::string_view{} : rest.substr(dot + 1);
    }
    return std::vector<CaaRecord>{};
  }

  Result<std::vector<std::string>> txt(const std::string& given) override {
    const auto name = checked_name(given);
    if (!name) return std::unexpected(name.error());
    auto records = ask(*name, LDNS_RR_TYPE_TXT);
    if (!records) return records;
    for (auto& record : *records) {  // RFC 1035 §3.3.14: strings of at most 255 bytes, each behind its length; what they say is the whole
      std::string text;
      for (std::string_view rest = record; !rest.empty();) {
        const auto length = static_cast<unsigned char>(rest.front());
        text += rest.substr(1, length);
        rest.remove_prefix(std::min<std::size_t>(rest.size(), std::size_t{1} + length));
      }
      record = std::move(text);
    }
    return records;
  }

  Result<std::string> alias(const std::string& given) override {
    auto names = names_in(given, LDNS_RR_TYPE_CNAME);
    if (!names) return forward_error(names);
    return std::move(names->front());
  }

  Result<std::vector<std::string>> name_servers(const std::string& given) override { return names_in(given, LDNS_RR_TYPE_NS); }

 private:
  /// For records that contain one name each.
  Result<std::vector<std::string>> names_in(const std::string& given, ldns_rr_type type) const {
    const auto name = checked_name(given);
    if (!name) return std::unexpected(name.error());
    auto records = ask(*name, type);
    if (!records) return records;
    for (auto& record : *records) {
      const Data data{ldns_rdf_new_frm_data(LDNS_RDF_TYPE_DNAME, record.size(), record.data())};
      record = data ? name_text(data.get()) : std::string{};
      if (!checked_name(record)) return fail(ErrorKind::unavailable, "The " + name_of(type) + " record of " + *name + " isn't a name.");
    }
    return records;
  }

  static Result<std::vector<CaaRecord>> parsed(const std::string& name, const std::vector<std::string>& records) {
    std::vector<CaaRecord> result;
    for (const auto& rdata : records) {
      auto record = parse_caa(rdata);
      if (!record) return fail(ErrorKind::unavailable, "The CAA records of " + name + " can't be read: " + record.error().message);
      result.push_back(std::move(*record));
    }
    return result;
  }

  Result<std::vector<std::string>> address_records(const std::string& name, ldns_rr_type type, int family) const {
    auto records = ask(name, type);
    if (!records) return records;
    const std::size_t length = family == AF_INET ? 4 : 16;
    for (auto& record : *records) {
      std::array<char, INET6_ADDRSTRLEN> text{};
      if (record.size() != length || ::inet_ntop(family, record.data(), text.data(), text.size()) == nullptr)
        return fail(ErrorKind::unavailable, "The " + name_of(type) + " records of " + name + " are malformed.");
      record = text.data();
    }
    return records;
  }

  static Result<std::vector<std::string>> system_addresses(const std::string& name) {
    const addrinfo wanted{.ai_flags = 0, .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    addrinfo* list = nullptr;
    const int wrong = ::getaddrinfo(name.c_str(), nullptr, &wanted, &list);
    const std::unique_ptr<addrinfo, FreeAddresses> owned{list};
    if (wrong == EAI_NONAME || wrong == EAI_NODATA) return fail(ErrorKind::not_found, name + " has no address.");
    if (wrong != 0)
      return fail(ErrorKind::unavailable, "The addresses of " + name + " could not be looked up: " + ::gai_strerror(wrong) + ".");
    std::vector<std::string> found;
    for (const int family : {AF_INET, AF_INET6}) {
      for (const auto* entry = list; entry != nullptr; entry = entry->ai_next) {
        std::array<char, NI_MAXHOST> text{};
        if (entry->ai_family != family ||
            ::getnameinfo(entry->ai_addr, entry->ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) != 0)
          continue;
        if (std::string address{text.data()}; std::ranges::find(found, address) == found.end()) found.push_back(std::move(address));
      }
    }
    return found;
  }

  /// RDATA of every record, from the first server that knows.
  Result<std::vector<std::string>> ask(const std::string& name, ldns_rr_type type) const {
    const auto question = name_data(name);
    if (!question) return fail(ErrorKind::invalid, "“" + name + "” isn't a DNS name.");
    if (is_this_machine(name))
      return fail(ErrorKind::not_found, name + " has no " + name_of(type) + " record: the name refers to this machine.");
    const auto servers = servers_.empty() ? system_servers() : servers_;
    std::string why = "no server is configured";
    for (const auto& server : servers) {
      const auto answer = ask_server(server, question.get(), type, timeout_);
      if (!answer) {
        why = server.address + " didn't respond: " + answer.error().message;
        continue;
      }
      const auto code = ldns_pkt_get_rcode(answer->get());
      if (code != LDNS_RCODE_NOERROR && code != LDNS_RCODE_NXDOMAIN) {
        why = server.address + " answered " + code_text(code);
        continue;
      }
      auto records = code == LDNS_RCODE_NOERROR ? records_in(answer->get(), question.get(), type) : std::vector<std::string>{};
      if (!records.empty()) return records;
      return fail(ErrorKind::not_found,
                  code == LDNS_RCODE_NXDOMAIN ? name + " doesn't exist." : name + " has no " + name_of(type) + " record.");
    }
    return fail(ErrorKind::unavailable, "The " + name_of(type) + " records of " + name + " could not be looked up: " + why + ".");
  }

  std::vector<ServerAddress> servers_;  ///< empty: the system's
  Milliseconds timeout_;
};

}  // namespace

Result<std::unique_ptr<Resolver>> make_resolver(const std::vector<std::string>& servers, Milliseconds timeout) {
  std::vector<ServerAddress> parsed;
  for (const auto& text : servers) {
    auto server = parse_server(text);
    if (!server) return forward_error(server);
    parsed.push_back(std::move(*server));
  }
  return std::make_unique<LdnsResolver>(std::move(parsed), timeout);
}

}  // namespace carillon::dns
