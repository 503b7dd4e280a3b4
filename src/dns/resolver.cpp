// See resolver.hpp. libldns for the wire; a resolver of its own for every question, since ldns' keep state and know one port for all
// servers.

#include "dns/resolver.hpp"

#include "base/file.hpp"
#include "base/ip/address.hpp"
#include "base/text.hpp"
#include "dns/this_machine.hpp"

#include <arpa/inet.h>
#include <ldns/ldns.h>
#include <netdb.h>

#include <algorithm>
#include <array>

namespace carillon::dns {
namespace {

using Milliseconds = std::chrono::milliseconds;

constexpr std::uint16_t kPort = 53;
constexpr const char* kSystemConfiguration = "/etc/resolv.conf";
constexpr const char* kHostsFile = "/etc/hosts";
/// resolv.conf(5): more are not asked.
constexpr std::size_t kMaxSystemServers = 3;
/// A chain of aliases longer than this is a loop or a mistake.
constexpr std::size_t kLongestChain = 16;
constexpr std::size_t kLongestName = 253;
constexpr std::size_t kLongestLabel = 63;

struct FreeResolver {
  void operator()(ldns_resolver* resolver) const noexcept { ldns_resolver_deep_free(resolver); }
};
struct FreePacket {
  void operator()(ldns_pkt* packet) const noexcept { ldns_pkt_free(packet); }
};
struct FreeData {
  void operator()(ldns_rdf* data) const noexcept { ldns_rdf_deep_free(data); }
};
struct FreeAddresses {
  void operator()(addrinfo* list) const noexcept { ::freeaddrinfo(list); }
};
using ResolverHandle = std::unique_ptr<ldns_resolver, FreeResolver>;
using Packet = std::unique_ptr<ldns_pkt, FreePacket>;
using Data = std::unique_ptr<ldns_rdf, FreeData>;

struct Server {
  std::string address;
  std::uint16_t port = kPort;
};

bool is_address(const std::string& text) { return IpAddress::parse(text).has_value(); }

Result<Server> parse_server(const std::string& text) {
  const auto wrong = [&] {
    return fail(ErrorKind::invalid,
                "“" + text + "” isn't a name server; enter its IP address, e.g. 192.0.2.53, 127.0.0.1:8053 or [::1]:8053.", "dns.servers");
  };
  Server server{.address = text};
  if (is_address(text)) return server;
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) return wrong();
  server.address = text.substr(0, colon);
  if (server.address.starts_with('[') && server.address.ends_with(']'))
    server.address = server.address.substr(1, server.address.size() - 2);
  const auto port = parse_number(text.substr(colon + 1));
  if (!port || *port == 0 || *port > 65535 || !is_address(server.address)) return wrong();
  server.port = static_cast<std::uint16_t>(*port);
  return server;
}

/// Without its last dot, lower case. Letters, digits, '-' and '_' alone: nothing that ldns could read as an escape.
Result<std::string> checked(std::string_view given) {
  auto name = lower_ascii(given);
  if (name.ends_with('.')) name.pop_back();
  bool good = !name.empty() && name.size() <= kLongestName &&
              name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_.") == std::string::npos;
  for (const auto label : split(name, '.')) good = good && !label.empty() && label.size() <= kLongestLabel;
  if (!good) return fail(ErrorKind::invalid, "“" + std::string(given) + "” isn't a DNS name.");
  return name;
}

/// The servers of this machine; read each time, for networks change under a running program.
std::vector<Server> system_servers() {
  std::vector<Server> servers;
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

std::string_view as_view(const ldns_rdf* data) { return {reinterpret_cast<const char*>(ldns_rdf_data(data)), ldns_rdf_size(data)}; }

/// Does the packet answer what was asked? What is sent to our port by others does not.
bool is_answer_to(const ldns_pkt* answer, const ldns_pkt* query, const ldns_rdf* name, ldns_rr_type type) {
  if (!ldns_pkt_qr(answer) || ldns_pkt_id(answer) != ldns_pkt_id(query)) return false;
  const auto* questions = ldns_pkt_question(answer);
  if (ldns_rr_list_rr_count(questions) != 1) return false;
  const auto* question = ldns_rr_list_rr(questions, 0);
  return ldns_rr_get_type(question) == type && ldns_dname_compare(ldns_rr_owner(question), name) == 0;
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
    default:
      return "TXT";
  }
}

std::string name_of(ldns_pkt_rcode code) {
  switch (code) {
    case LDNS_RCODE_SERVFAIL:
      return "SERVFAIL";
    case LDNS_RCODE_REFUSED:
      return "REFUSED";
    case LDNS_RCODE_FORMERR:
      return "FORMERR";
    case LDNS_RCODE_NOTIMPL:
      return "NOTIMP";
    default:
      return "RCODE " + std::to_string(code);
  }
}

class LdnsResolver final : public Resolver {
 public:
  LdnsResolver(std::vector<Server> servers, Milliseconds timeout) : servers_{std::move(servers)}, timeout_{timeout} {}

  Result<std::vector<std::string>> addresses(const std::string& given) override {
    if (is_address(given)) return std::vector{given};
    const auto name = checked(given);
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
    const auto name = checked(asked);
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
    const auto name = checked(given);
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

 private:
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
    const Data question{ldns_dname_new_frm_str((name + ".").c_str())};
    if (!question) return fail(ErrorKind::invalid, "“" + name + "” isn't a DNS name.");
    if (is_this_machine(name))
      return fail(ErrorKind::not_found, name + " has no " + name_of(type) + " record: the name refers to this machine.");
    const auto servers = servers_.empty() ? system_servers() : servers_;
    std::string why = "no server is configured";
    for (const auto& server : servers) {
      const auto answer = answer_of(server, question.get(), type);
      if (!answer) {
        why = server.address + " didn't respond: " + answer.error().message;
        continue;
      }
      const auto code = ldns_pkt_get_rcode(answer->get());
      if (code != LDNS_RCODE_NOERROR && code != LDNS_RCODE_NXDOMAIN) {
        why = server.address + " answered " + name_of(code);
        continue;
      }
      auto records = code == LDNS_RCODE_NOERROR ? records_in(answer->get(), question.get(), type) : std::vector<std::string>{};
      if (!records.empty()) return records;
      return fail(ErrorKind::not_found,
                  code == LDNS_RCODE_NXDOMAIN ? name + " doesn't exist." : name + " has no " + name_of(type) + " record.");
    }
    return fail(ErrorKind::unavailable, "The " + name_of(type) + " records of " + name + " could not be looked up: " + why + ".");
  }

  /// Over UDP, over TCP when the answer is truncated there.
  Result<Packet> answer_of(const Server& server, const ldns_rdf* name, ldns_rr_type type) const {
    const auto no_memory = [] { return fail(ErrorKind::internal, "out of memory for a DNS query"); };
    const ResolverHandle resolver{ldns_resolver_new()};
    const Data address{ldns_rdf_new_frm_str(server.address.contains(':') ? LDNS_RDF_TYPE_AAAA : LDNS_RDF_TYPE_A, server.address.c_str())};
    if (!resolver || !address || ldns_resolver_push_nameserver(resolver.get(), address.get()) != LDNS_STATUS_OK) return no_memory();
    const auto seconds = std::chrono::floor<std::chrono::seconds>(timeout_);
    ldns_resolver_set_timeout(resolver.get(),
                              {.tv_sec = seconds.count(), .tv_usec = std::chrono::microseconds(timeout_ - seconds).count()});
    ldns_resolver_set_port(resolver.get(), server.port);
    ldns_resolver_set_recursive(resolver.get(), true);
    ldns_resolver_set_fallback(resolver.get(), true);
    ldns_resolver_set_retry(resolver.get(), 1);  // ldns sleeps between its own retries
    std::string why = "silence";
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      ldns_resolver_set_nameserver_rtt(resolver.get(), 0, LDNS_RESOLV_RTT_MIN);  // one silence, and ldns would not ask it again
      ldns_pkt* query = nullptr;
      if (ldns_resolver_prepare_query_pkt(&query, resolver.get(), name, type, LDNS_RR_CLASS_IN, LDNS_RD) != LDNS_STATUS_OK)
        return no_memory();
      const Packet sent{query};
      ldns_pkt* received = nullptr;
      const auto status = ldns_resolver_send_pkt(&received, resolver.get(), sent.get());
      Packet answer{received};
      if (status == LDNS_STATUS_OK && answer && is_answer_to(answer.get(), sent.get(), name, type)) return answer;
      why = status == LDNS_STATUS_OK ? "the response was for a different query" : lower_ascii(ldns_get_errorstr_by_id(status));
    }
    return fail(ErrorKind::unavailable, why);
  }

  std::vector<Server> servers_;  ///< empty: the system's
  Milliseconds timeout_;
};

}  // namespace

Result<std::unique_ptr<Resolver>> make_resolver(const std::vector<std::string>& servers, Milliseconds timeout) {
  std::vector<Server> parsed;
  for (const auto& text : servers) {
    auto server = parse_server(text);
    if (!server) return forward_error(server);
    parsed.push_back(std::move(*server));
  }
  return std::make_unique<LdnsResolver>(std::move(parsed), timeout);
}

}  // namespace carillon::dns
