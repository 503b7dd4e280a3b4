#pragma once
// How visits are shared between contracts: a compact allocation plan with one number per contract ("high water mark": Bharadwaj et al.,
// "SHALE: An Efficient Algorithm for Allocation of Guaranteed Display Advertising", arXiv 1203.3619 §3, and Chen et al., arXiv 1203.3593).
// Pure.

#include <cstdint>
#include <span>
#include <vector>

namespace carillon::ads {

/// A contract's number in the list given to allocate().
using ContractNumber = std::uint32_t;

struct Contract {
  double demand = 0;  ///< visits it should get
  int rank = 0;       ///< lower ranks are allocated first; within a rank, the contract with the smallest supply is
};

/// Visits for which the same contracts are eligible.
struct Cell {
  double visits = 0;
  std::vector<ContractNumber> eligible;  ///< ascending
};

struct Allocation {
  std::vector<double> shares;         ///< of each contract: the part of its eligible visits that it gets, 0 to 1
  std::vector<ContractNumber> order;  ///< in which they are walked through for a visit
  std::vector<double> missing;        ///< of each contract: the demand for which there are no visits
};

/// The cost is contracts × cells × log cells.
[[nodiscard]] Allocation allocate(std::span<const Contract> contracts, std::span<const Cell> cells);

}  // namespace carillon::ads
