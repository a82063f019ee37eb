import type { Paper } from "./algorithm.js";

/*
 * Publications behind the algorithms, each written once and cited by name: the first author's, and the year.
 */

export const achiam2017: Paper = {
  title: "Constrained Policy Optimization",
  authors: "Achiam, Held, Tamar, Abbeel",
  year: 2017,
  url: "https://arxiv.org/abs/1705.10528",
};

export const achiam2018: Paper = {
  title: "Spinning Up in Deep Reinforcement Learning: Vanilla Policy Gradient",
  authors: "Achiam",
  year: 2018,
  url: "https://spinningup.openai.com/en/latest/algorithms/vpg.html",
};

export const agarwal2021: Paper = {
  title: "On the Theory of Policy Gradient Methods: Optimality, Approximation, and Distribution Shift",
  authors: "Agarwal, Kakade, Lee, Mahajan",
  year: 2021,
  url: "https://jmlr.org/papers/v22/19-736.html",
};

export const allen2017: Paper = {
  title: "Mean Actor Critic",
  authors: "Allen, Asadi, Roderick, Mohamed, Konidaris, Littman",
  year: 2017,
  url: "https://arxiv.org/abs/1709.00503",
};

export const auer2002: Paper = {
  title: "The Nonstochastic Multiarmed Bandit Problem",
  authors: "Auer, Cesa-Bianchi, Freund, Schapire",
  year: 2002,
  url: "https://doi.org/10.1137/S0097539701398375",
};

export const barto1983: Paper = {
  title: "Neuronlike Adaptive Elements That Can Solve Difficult Learning Control Problems",
  authors: "Barto, Sutton, Anderson",
  year: 1983,
  url: "https://doi.org/10.1109/TSMC.1983.6313077",
};

export const bellman1957: Paper = {
  title: "A Markovian Decision Process",
  authors: "Bellman",
  year: 1957,
  url: "https://www.jstor.org/stable/24900506",
};

export const bertsekas1996: Paper = {
  title: "Neuro-Dynamic Programming",
  authors: "Bertsekas, Tsitsiklis",
  year: 1996,
  url: "https://web.mit.edu/dimitrib/www/ndpbook.html",
};

export const bubeck2012: Paper = {
  title: "Regret Analysis of Stochastic and Nonstochastic Multi-armed Bandit Problems",
  authors: "Bubeck, Cesa-Bianchi",
  year: 2012,
  url: "https://arxiv.org/abs/1204.5721",
};

export const dani2007: Paper = {
  title: "The Price of Bandit Information for Online Optimization",
  authors: "Dani, Hayes, Kakade",
  year: 2007,
  url: "https://proceedings.neurips.cc/paper/2007/hash/bf62768ca46b6c3b5bea9515d1a1fc45-Abstract.html",
};

export const degris2012: Paper = {
  title: "Off-Policy Actor-Critic",
  authors: "Degris, White, Sutton",
  year: 2012,
  url: "https://arxiv.org/abs/1205.4839",
};

export const espeholt2018: Paper = {
  title: "IMPALA: Scalable Distributed Deep-RL with Importance Weighted Actor-Learner Architectures",
  authors: "Espeholt et al.",
  year: 2018,
  url: "https://arxiv.org/abs/1802.01561",
};

export const evenDar2009: Paper = {
  title: "Online Markov Decision Processes",
  authors: "Even-Dar, Kakade, Mansour",
  year: 2009,
  url: "https://doi.org/10.1287/moor.1090.0396",
};

export const flaxman2005: Paper = {
  title: "Online convex optimization in the bandit setting: gradient descent without a gradient",
  authors: "Flaxman, Kalai, McMahan",
  year: 2005,
  url: "https://arxiv.org/abs/cs/0408007",
};

export const freund1997: Paper = {
  title: "A Decision-Theoretic Generalization of On-Line Learning and an Application to Boosting",
  authors: "Freund, Schapire",
  year: 1997,
  url: "https://doi.org/10.1006/jcss.1997.1504",
};

export const gargiani2022: Paper = {
  title: "Inexact GMRES Policy Iteration for Large-Scale Markov Decision Processes",
  authors: "Gargiani, Liao-McPherson, Zanelli, Lygeros",
  year: 2022,
  url: "https://arxiv.org/abs/2211.04299",
};

export const glasmachers2010: Paper = {
  title: "Exponential Natural Evolution Strategies",
  authors: "Glasmachers, Schaul, Sun, Wierstra, Schmidhuber",
  year: 2010,
  url: "https://doi.org/10.1145/1830483.1830557",
};

export const greensmith2004: Paper = {
  title: "Variance Reduction Techniques for Gradient Estimates in Reinforcement Learning",
  authors: "Greensmith, Bartlett, Baxter",
  year: 2004,
  url: "https://www.jmlr.org/papers/v5/greensmith04a.html",
};

export const gu2017: Paper = {
  title: "Q-Prop: Sample-Efficient Policy Gradient with an Off-Policy Critic",
  authors: "Gu, Lillicrap, Ghahramani, Turner, Levine",
  year: 2017,
  url: "https://arxiv.org/abs/1611.02247",
};

export const howard1960: Paper = {
  title: "Dynamic Programming and Markov Processes",
  authors: "Howard",
  year: 1960,
  url: "https://mitpress.mit.edu/9780262080095/dynamic-programming-and-markov-processes/",
};

export const kaelbling1998: Paper = {
  title: "Planning and acting in partially observable stochastic domains",
  authors: "Kaelbling, Littman, Cassandra",
  year: 1998,
  url: "https://doi.org/10.1016/S0004-3702(98)00023-X",
};

export const kakade2001: Paper = {
  title: "A Natural Policy Gradient",
  authors: "Kakade",
  year: 2001,
  url: "https://proceedings.neurips.cc/paper/2001/hash/4b86abe48d358ecf194c56c69108433e-Abstract.html",
};

export const kakade2002: Paper = {
  title: "Approximately Optimal Approximate Reinforcement Learning",
  authors: "Kakade, Langford",
  year: 2002,
  url: "https://dl.acm.org/doi/10.5555/645531.656005",
};

export const levin2009: Paper = {
  title: "Markov Chains and Mixing Times",
  authors: "Levin, Peres, Wilmer",
  year: 2009,
  url: "https://pages.uoregon.edu/dlevin/MARKOV/",
};

export const littlestone1994: Paper = {
  title: "The Weighted Majority Algorithm",
  authors: "Littlestone, Warmuth",
  year: 1994,
  url: "https://doi.org/10.1006/inco.1994.1009",
};

export const mei2020: Paper = {
  title: "On the Global Convergence Rates of Softmax Policy Gradient Methods",
  authors: "Mei, Xiao, Szepesvári, Schuurmans",
  year: 2020,
  url: "https://arxiv.org/abs/2005.06392",
};

export const mei2023: Paper = {
  title: "Stochastic Gradient Succeeds for Bandits",
  authors: "Mei, Zhong, Dai, Agarwal, Szepesvári, Schuurmans",
  year: 2023,
  url: "https://arxiv.org/abs/2402.17235",
};

export const mnih2016: Paper = {
  title: "Asynchronous Methods for Deep Reinforcement Learning",
  authors: "Mnih, Puigdomènech Badia, Mirza, Graves, Lillicrap, Harley, Silver, Kavukcuoglu",
  year: 2016,
  url: "https://arxiv.org/abs/1602.01783",
};

export const moore1993: Paper = {
  title: "Prioritized Sweeping: Reinforcement Learning with Less Data and Less Time",
  authors: "Moore, Atkeson",
  year: 1993,
  url: "https://doi.org/10.1007/BF00993104",
};

export const owen2013: Paper = {
  title: "Monte Carlo Theory, Methods and Examples",
  authors: "Owen",
  year: 2013,
  url: "https://artowen.su.domains/mc/",
};

export const precup2000: Paper = {
  title: "Eligibility Traces for Off-Policy Policy Evaluation",
  authors: "Precup, Sutton, Singh",
  year: 2000,
  url: "https://scholarworks.umass.edu/cs_faculty_pubs/80/",
};

export const puterman1978: Paper = {
  title: "Modified Policy Iteration Algorithms for Discounted Markov Decision Problems",
  authors: "Puterman, Shin",
  year: 1978,
  url: "https://doi.org/10.1287/mnsc.24.11.1127",
};

export const puterman1994: Paper = {
  title: "Markov Decision Processes: Discrete Stochastic Dynamic Programming",
  authors: "Puterman",
  year: 1994,
  url: "https://doi.org/10.1002/9780470316887",
};

export const raffin2021: Paper = {
  title: "Smooth Exploration for Robotic Reinforcement Learning",
  authors: "Raffin, Kober, Stulp",
  year: 2021,
  url: "https://arxiv.org/abs/2005.05719",
};

export const rajeswaran2017: Paper = {
  title: "Towards Generalization and Simplicity in Continuous Control",
  authors: "Rajeswaran, Lowrey, Todorov, Kakade",
  year: 2017,
  url: "https://arxiv.org/abs/1703.02660",
};

export const recht2011: Paper = {
  title: "Hogwild!: A Lock-Free Approach to Parallelizing Stochastic Gradient Descent",
  authors: "Recht, Ré, Wright, Niu",
  year: 2011,
  url: "https://arxiv.org/abs/1106.5730",
};

export const rummery1994: Paper = {
  title: "On-Line Q-Learning Using Connectionist Systems",
  authors: "Rummery, Niranjan",
  year: 1994,
  url: "https://www.researchgate.net/publication/2500611_On-Line_Q-Learning_Using_Connectionist_Systems",
};

export const schulman2015gae: Paper = {
  title: "High-Dimensional Continuous Control Using Generalized Advantage Estimation",
  authors: "Schulman, Moritz, Levine, Jordan, Abbeel",
  year: 2015,
  url: "https://arxiv.org/abs/1506.02438",
};

export const schulman2015trpo: Paper = {
  title: "Trust Region Policy Optimization",
  authors: "Schulman, Levine, Moritz, Jordan, Abbeel",
  year: 2015,
  url: "https://arxiv.org/abs/1502.05477",
};

export const schulman2017: Paper = {
  title: "Proximal Policy Optimization Algorithms",
  authors: "Schulman, Wolski, Dhariwal, Radford, Klimov",
  year: 2017,
  url: "https://arxiv.org/abs/1707.06347",
};

export const singh1994: Paper = {
  title: "Learning without state-estimation in partially observable Markovian decision processes",
  authors: "Singh, Jaakkola, Jordan",
  year: 1994,
  url: "https://doi.org/10.1016/B978-1-55860-335-6.50042-8",
};

export const singh1996: Paper = {
  title: "Reinforcement Learning with Replacing Eligibility Traces",
  authors: "Singh, Sutton",
  year: 1996,
  url: "https://doi.org/10.1007/BF00114726",
};

export const sutton1988: Paper = {
  title: "Learning to Predict by the Methods of Temporal Differences",
  authors: "Sutton",
  year: 1988,
  url: "https://doi.org/10.1007/BF00115009",
};

export const sutton1990: Paper = {
  title: "Integrated Architectures for Learning, Planning, and Reacting Based on Approximating Dynamic Programming",
  authors: "Sutton",
  year: 1990,
  url: "https://doi.org/10.1016/B978-1-55860-141-3.50030-4",
};

export const sutton2000: Paper = {
  title: "Policy Gradient Methods for Reinforcement Learning with Function Approximation",
  authors: "Sutton, McAllester, Singh, Mansour",
  year: 2000,
  url: "https://proceedings.neurips.cc/paper/1999/hash/464d828b85b0bed98e80ade0a5c43b0f-Abstract.html",
};

export const sutton2018: Paper = {
  title: "Reinforcement Learning: An Introduction",
  authors: "Sutton, Barto",
  year: 2018,
  url: "https://incompleteideas.net/book/the-book-2nd.html",
};

export const tomar2020: Paper = {
  title: "Mirror Descent Policy Optimization",
  authors: "Tomar, Shani, Efroni, Ghavamzadeh",
  year: 2020,
  url: "https://arxiv.org/abs/2005.09814",
};

export const tucker2018: Paper = {
  title: "The Mirage of Action-Dependent Baselines in Reinforcement Learning",
  authors: "Tucker, Bhupatiraju, Gu, Turner, Ghahramani, Levine",
  year: 2018,
  url: "https://arxiv.org/abs/1802.10031",
};

export const vanHasselt2010: Paper = {
  title: "Double Q-learning",
  authors: "van Hasselt",
  year: 2010,
  url: "https://proceedings.neurips.cc/paper/2010/hash/091d584fced301b442654dd8c23b3fc9-Abstract.html",
};

export const vanSeijen2009: Paper = {
  title: "A Theoretical and Empirical Analysis of Expected Sarsa",
  authors: "van Seijen, van Hasselt, Whiteson, Wiering",
  year: 2009,
  url: "https://doi.org/10.1109/ADPRL.2009.4927542",
};

export const watkins1992: Paper = {
  title: "Q-learning",
  authors: "Watkins, Dayan",
  year: 1992,
  url: "https://doi.org/10.1007/BF00992698",
};

export const williams1992: Paper = {
  title: "Simple Statistical Gradient-Following Algorithms for Connectionist Reinforcement Learning",
  authors: "Williams",
  year: 1992,
  url: "https://doi.org/10.1007/BF00992696",
};

/** A book, with the section that is meant. */
export function sectionOf(book: Paper, section: string): Paper {
  return { ...book, title: `${book.title}, section ${section}` };
}
