package recipe

// Withdraw removes what a call has left: on its own, since no call can be made
// to lose its path to another one at the moment of its withdrawal.
var Withdraw = withdraw
