// See exchange_impl.hpp. Each query has its own resolver, since those of ldns have state and use one port for all servers.

#include "base/text.hpp"
#include "dns/exchange_impl.hpp"
#include "dns/resolver.hpp"

namespace carillon::dns {
namespace {

constexpr std::size_t kLongestName = 253;
constexpr std::size_t kLongestLabel = 63;

/// Whether the packet answers the query. Packets that others send to our port don't.
bool is_answer_to(const ldns_pkt* answer, const ldns_pkt* query, const ldns_rdf* name, ldns_rr_type type) {
  if (!ldns_pkt_qr(answer) || ldns_pkt_id(answer) != ldns_pkt_id(query)) return false;
  const auto* questions = ldns_pkt_question(answer);
  if (ldns_rr_list_rr_count(questions) != 1) return false;
  const auto* question = ldns_rr_list_rr(questions, 0);
  return ldns_rr_get_type(question) == type && ldns_dname_compare(ldns_rr_owner(question), name) == 0;
}

}  // namespace

Data name_data(const std::string& name) { return Data{ldns_dname_new_frm_str((name.ends_with('.') ? name : name + ".").c_str())}; }

Result<std::string> checked_name(std::string_view given) {
  auto name = lower_ascii(given);
  if (name.ends_with('.')) name.pop_back();
  bool good = !name.empty() && name.size() <= kLongestName &&
              name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_.") == std::string::npos;
  for (const auto label : split(name, '.')) good = good && !label.empty() && label.size() <= kLongestLabel;
  if (!good) return fail(ErrorKind::invalid, "“" + std::string(given) + "” isn't a DNS name.");
  return name;
}

std::string_view as_view(const ldns_rdf* data) { return {reinterpret_cast<const char*>(ldns_rdf_data(data)), ldns_rdf_size(data)}; }

std::string name_text(const ldns_rdf* name) {
  const std::unique_ptr<char, decltype(&::free)> text{ldns_rdf2str(name), ::free};
  if (!text) return {};
  auto result = lower_ascii(text.get());
  if (result.ends_with('.')) result.pop_back();
  return result;
}

std::string code_text(ldns_pkt_rcode code) {
  switch (code) {
    case LDNS_RCODE_SERVFAIL:
      return "SERVFAIL";
    case LDNS_RCODE_REFUSED:
      return "REFUSED";
    case LDNS_RCODE_FORMERR:
      return "FORMERR";
    case LDNS_RCODE_NOTIMPL:
      return "NOTIMP";
    case LDNS_RCODE_NOTAUTH:
      return "NOTAUTH";
    case LDNS_RCODE_NOTZONE:
      return "NOTZONE";
    case LDNS_RCODE_NXDOMAIN:
      return "NXDOMAIN";
    default:
      return "RCODE " + std::to_string(code);
  }
}

Result<Packet> ask_server(const ServerAddress& server, const ldns_rdf* name, ldns_rr_type type, std::chrono::milliseconds timeout) {
  const auto no_memory = [] { return fail(ErrorKind::internal, "out of memory for a DNS query"); };
  const ResolverHandle resolver{ldns_resolver_new()};
  const Data address{ldns_rdf_new_frm_str(server.address.contains(':') ? LDNS_RDF_TYPE_AAAA : LDNS_RDF_TYPE_A, server.address.c_str())};
  if (!resolver || !address || ldns_resolver_push_nameserver(resolver.get(), address.get()) != LDNS_STATUS_OK) return no_memory();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(timeout);
  ldns_resolver_set_timeout(resolver.get(), {.tv_sec = seconds.count(), .tv_usec = std::chrono::microseconds(timeout - seconds).count()});
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

}  // namespace carillon::dns
