"""How decisions travel between levels and between peers."""

from heron.protocols.base import Directive as Directive
from heron.protocols.base import NoProtocol as NoProtocol
from heron.protocols.base import Protocol as Protocol
from heron.protocols.base import Routing as Routing
from heron.protocols.base import Subordinate as Subordinate
from heron.protocols.base import Subordinates as Subordinates
from heron.protocols.base import VerticalProtocol as VerticalProtocol
from heron.protocols.base import takes_observations as takes_observations
from heron.protocols.horizontal import ConsensusProtocol as ConsensusProtocol
from heron.protocols.horizontal import NoHorizontalProtocol as NoHorizontalProtocol
from heron.protocols.horizontal import PeerToPeerTradingProtocol as PeerToPeerTradingProtocol
from heron.protocols.peers import HorizontalProtocol as HorizontalProtocol
from heron.protocols.peers import Letter as Letter
from heron.protocols.peers import Stage as Stage
from heron.protocols.peers import exchange as exchange
from heron.protocols.topology import Topology as Topology
from heron.protocols.vertical import PriceSignalProtocol as PriceSignalProtocol
from heron.protocols.vertical import SetpointProtocol as SetpointProtocol
