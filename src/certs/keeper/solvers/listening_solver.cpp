// See listening_solver.hpp.

#include "certs/keeper/solvers/listening_solver.hpp"

namespace carillon::certs {

Result<> ListeningSolver::check(const std::string& name) {
  const auto addresses = resolver_.addresses(name);
  if (!addresses) return fail(addresses.error().kind, "this server's DNS lookup failed: " + addresses.error().message);
  return {};
}

Result<std::string> ListeningSolver::plan(const std::string&, const std::string& key_authorization) { return key_authorization; }

bool ListeningSolver::covers(std::string_view proof, std::string_view key_authorization) const { return proof == key_authorization; }

Result<bool> ListeningSolver::present(const std::string& name, const std::string& proof) {
  if (const auto put = board_.put(name, proof.substr(0, proof.find('.')), proof); !put) return std::unexpected(put.error());
  return true;
}

Result<bool> ListeningSolver::ready(const std::string&, const std::string&) { return true; }

Result<> ListeningSolver::take_back(const std::string& name, const std::string& proof) {
  // Proofs of other types have more than one word.
  if (!proof.contains(' ')) board_.withdraw(name);
  return {};
}

}  // namespace carillon::certs
