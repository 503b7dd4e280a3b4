// See allocation.hpp.

#include "ads/deciding/allocation.hpp"

#include <algorithm>
#include <numeric>

namespace carillon::ads {
namespace {

/// A cell from a contract's point of view.
struct Place {
  double visits = 0;
  double left = 0;
};

/// The smallest share with which the contract gets `demand`: Σ min(left, visits × share) = demand. 1 if even all of it isn't enough.
double share_of(std::vector<Place> places, double demand) {
  // A cell with less left in proportion to its visits is exhausted earlier.
  std::ranges::sort(places, {}, [](const Place& place) { return place.left / place.visits; });
  double open = 0;
  for (const auto& place : places) open += place.visits;
  double exhausted = 0;
  for (const auto& place : places) {
    const double limit = place.left / place.visits;
    if (open > 0 && exhausted + open * limit >= demand) return std::clamp((demand - exhausted) / open, 0.0, 1.0);
    exhausted += place.left;
    open -= place.visits;
  }
  return 1;
}

}  // namespace

Allocation allocate(std::span<const Contract> contracts, std::span<const Cell> cells) {
  std::vector<double> supply(contracts.size()), left;
  std::vector<std::vector<std::size_t>> cells_of(contracts.size());
  for (std::size_t i = 0; i < cells.size(); ++i) {
    left.push_back(cells[i].visits);
    if (cells[i].visits <= 0) continue;
    for (const auto contract : cells[i].eligible) {
      supply[contract] += cells[i].visits;
      cells_of[contract].push_back(i);
    }
  }
  Allocation allocation{.shares = std::vector<double>(contracts.size()), .order = {}, .missing = std::vector<double>(contracts.size())};
  allocation.order.resize(contracts.size());
  std::iota(allocation.order.begin(), allocation.order.end(), ContractNumber{0});
  std::ranges::sort(allocation.order, [&](ContractNumber a, ContractNumber b) {
    if (contracts[a].rank != contracts[b].rank) return contracts[a].rank < contracts[b].rank;
    if (supply[a] != supply[b]) return supply[a] < supply[b];
    return a < b;
  });
  for (const auto contract : allocation.order) {
    const double demand = std::max(contracts[contract].demand, 0.0);
    std::vector<Place> places;
    for (const auto cell : cells_of[contract]) places.push_back({.visits = cells[cell].visits, .left = left[cell]});
    const double share = demand > 0 ? share_of(std::move(places), demand) : 0;
    double got = 0;
    for (const auto cell : cells_of[contract]) {
      const double taken = std::min(left[cell], cells[cell].visits * share);
      left[cell] -= taken;
      got += taken;
    }
    allocation.shares[contract] = share;
    allocation.missing[contract] = std::max(demand - got, 0.0);
  }
  return allocation;
}

}  // namespace carillon::ads
